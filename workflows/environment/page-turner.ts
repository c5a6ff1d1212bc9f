import { CancellationScope, condition, isCancellation, log, proxyActivities, sleep } from '@temporalio/workflow';
import type { RecallActivities } from '../../activities/records/recall.port.ts';
import type { PlaceRef } from '../../contracts/config/service.ts';
import { FailureType, failureOf } from '../../contracts/core/failures.ts';
import type { PageActivities } from '../../contracts/deployment/maintenance.ts';
import { mending, pageCall, recallCall } from '../lib/activity-options.ts';
import { settled } from '../lib/all-settled.ts';
import { explain } from '../lib/failure-record.ts';
import { timeoutOf } from '../lib/lost-worker.ts';
import { TIMEOUTS } from '../lib/timeouts.ts';
import type { Machine } from './running-machine.ts';
import { dueAgain, expireMaintenance, maintenanceAt, pageTurned, pagesAt, pagesTurned } from './machine/maintenance.ts';
import { unchanged } from './machine/state.ts';
import type { State, Unpaged } from './machine/state.ts';

const { livePlaces } = proxyActivities<RecallActivities>({ ...recallCall, summary: 'where it is live' });

/** Brings the environment's page to its places, beside its work, and ends it at its time. */
export class PageTurner {
  readonly #machine: Machine;
  #scope: CancellationScope | undefined;
  #work: Promise<unknown> = Promise.resolve();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** Begins with what is wanted now, in place of what was; returns at once. */
  start(): void {
    this.#scope?.cancel();
    this.#scope = undefined;
    const { pages, maintenance } = this.#machine.state();
    const hasEnd = maintenance !== null && maintenance.until !== null;
    if (!pages || !(pages.isDue || hasEnd)) return;
    const scope = new CancellationScope();
    this.#scope = scope;
    this.#work = this.#work
      .then(() => scope.run(() => this.#turn(pages.change)))
      .catch((error: unknown) => {
        if (!isCancellation(error)) log.error('a maintenance page could not be brought to its places', { error });
      })
      .finally(() => {
        if (this.#scope !== scope) return;
        this.#scope = undefined;
        void this.#machine.take((state) => expireMaintenance(state, Date.now()));
      });
  }

  get isBusy(): boolean {
    return this.#scope !== undefined;
  }

  /** Ends what is under way, and waits until nothing is. */
  async stop(): Promise<void> {
    this.#scope?.cancel();
    this.#scope = undefined;
    await this.#work;
  }

  /** A person may wait for the places: they hear of it first, if they do soon. */
  async settle(): Promise<void> {
    if (!this.isBusy) return;
    await condition(() => this.#machine.state().pages?.isDue !== true, TIMEOUTS.page.answerMs);
    await this.stop();
  }

  /** A deployment shows nothing at a place that the page has not come to, unless the place does not take it for a while. */
  async beforeDeployment(places: readonly PlaceRef[]): Promise<void> {
    const { maintenance, pages } = this.#machine.state();
    const known = new Set(pages?.places.map(({ queue }) => queue));
    if (!maintenance || (pages?.isDue === false && places.every(({ queue }) => known.has(queue)))) return;
    await this.#machine.take((state) => dueAgain(state, places));
    await condition(() => this.#machine.state().pages?.isDue !== true, TIMEOUTS.page.beforeDeploymentMs);
  }

  async #turn(change: number): Promise<void> {
    const { state } = this.#machine;
    const { key, pages, maintenance } = state();
    if (pages?.isDue === true) {
      if (maintenance) {
        const found = await livePlaces(key);
        await this.#note((now) => pagesAt(now, change, found));
      }
      await settled((state().pages?.places ?? []).map((place) => this.#bring(place, change)));
      await this.#note((now) => pagesTurned(now, change));
    }
    if (maintenance?.until) await sleep(Math.max(1, maintenance.until - Date.now()));
  }

  async #bring({ name, queue }: PlaceRef, change: number): Promise<void> {
    const note = (unpaged: Unpaged | null) => this.#note((now) => pageTurned(now, change, name, unpaged));
    for (let tries = 1; ; tries += 1) {
      const { key, generation, maintenance } = this.#machine.state();
      const shown = maintenanceAt(maintenance, Date.now());
      const page = shown && { reason: shown.reason, until: shown.until };
      // The first try ends soon, so that people hear what keeps it; from then on it is waited for.
      const options = { ...(tries === 1 ? pageCall : mending), taskQueue: queue };
      const { setPage } = proxyActivities<PageActivities>({ ...options, summary: `the page at ${name}` });
      try {
        await setPage({ key, generation, change, page });
        await note(null);
        return;
      } catch (error) {
        if (isCancellation(error)) throw error;
        log.warn('a place does not answer as it has to', { error, place: name, tries });
        const isFinal = failureOf(error)?.type === FailureType.InvalidConfiguration;
        const why = timeoutOf(error) === undefined ? explain(error).message : away(name, queue);
        await note({ place: name, why, ...(isFinal && { isFinal }) });
        if (isFinal || tries >= TIMEOUTS.page.tries) return;
        await sleep(TIMEOUTS.page.againMs);
      }
    }
  }

  #note(next: (state: State) => State): Promise<void> {
    return this.#machine.take((state) => unchanged(next(state)));
  }
}

const away = (name: string, queue: string): string =>
  `no worker has done the work of ${name} (task queue ${queue}) yet. It goes on by itself as soon as one does: landfall worker --host ${name}`;
