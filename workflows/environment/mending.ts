import { CancellationScope, isCancellation, log, sleep } from '@temporalio/workflow';
import type { Repair } from '../../contracts/deployment/deployment.ts';
import { FailureType, failureOf } from '../../contracts/core/failures.ts';
import { mendPlace } from '../deployment/target-place.ts';
import { settled } from '../lib/all-settled.ts';
import { canBeMended } from './machine/repairs.ts';
import { TIMEOUTS } from '../lib/timeouts.ts';

/** Each lasts a day at most; who has not mended the place by then has to deploy again. */
const MAX_TRIES = 7;

/**
 * Mends the places at which something else may run than what is live: beside the environment's work, as soon as their
 * worker takes it up, and never while a deployment runs: that mends them itself.
 */
export class Mending {
  readonly #onMended: (repair: Repair) => void;
  #scope: CancellationScope | undefined;
  #work: Promise<unknown> = Promise.resolve();

  constructor(onMended: (repair: Repair) => void) {
    this.#onMended = onMended;
  }

  /** Begins with what can be mended; returns at once. */
  start(repairs: readonly Repair[]): void {
    if (this.#scope || !repairs.some(canBeMended)) return;
    const scope = new CancellationScope();
    this.#scope = scope;
    this.#work = scope
      .run(() => settled(repairs.map((repair) => this.#mend(repair))))
      .catch((error: unknown) => {
        if (!isCancellation(error)) log.error('a place could not be mended', { error });
      })
      .finally(() => (this.#scope = undefined));
  }

  get isBusy(): boolean {
    return this.#scope !== undefined;
  }

  /** Ends what is under way; waits until nothing is, so that whoever goes on is the only one. */
  async stop(): Promise<void> {
    this.#scope?.cancel();
    await this.#work;
  }

  async #mend(repair: Repair): Promise<void> {
    const { place, queue, undo, before, switchMs } = repair;
    if (!undo || !before) return;
    for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
      try {
        await mendPlace({ name: place, queue }, { undo, before, switchMs });
        this.#onMended(repair);
        return;
      } catch (error) {
        if (isCancellation(error)) throw error;
        log.warn('a place is not mended yet', { error, place, tries });
        // A newer generation was there.
        if (failureOf(error)?.type === FailureType.StaleGeneration) return;
        await sleep(TIMEOUTS.environment.mendAgainMs);
      }
    }
  }
}
