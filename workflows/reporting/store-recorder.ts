import { isCancellation, log, proxyActivities } from '@temporalio/workflow';
import type { TellActivities, Telling } from '../../activities/records/records.port.ts';
import { telling } from '../lib/activity-options.ts';
import { Background } from './background.ts';
import { endOfActivation } from './end-of-activation.ts';
import { howManyFit } from '../lib/bounded.ts';

const { tell } = proxyActivities<TellActivities>({ ...telling, summary: 'tell the store' });

/** The limit of one report. */
const MAX_BYTES = 500_000;
/**
 * Tells the store what happens, beside the work and in order. What piles up while one report is under way goes with
 * the next one. Nothing here ever fails or delays the work: the store is what people read, not what we decide by.
 */
export class StoreRecorder {
  readonly #beside = new Background();
  #pending: readonly Telling[] = [];
  #underWay: readonly Telling[] = [];

  /** @param untold - reports that an earlier run could not deliver. */
  constructor(untold: readonly Telling[] = []) {
    if (untold.length > 0) this.say(...untold);
  }

  /** The reports that the store does not know yet, as far as we know. */
  get untold(): readonly Telling[] {
    return [...this.#underWay, ...this.#pending];
  }

  /** Returns at once. */
  say(...tellings: readonly Telling[]): void {
    this.#pending = [...this.#pending, ...tellings];
    this.#beside.start(() => this.#work());
  }

  /** Waits until all reports are through, at most `limitMs`. @returns those that were not through in that time */
  async settle(limitMs: number): Promise<readonly Telling[]> {
    await this.#beside.settle(limitMs);
    return this.untold;
  }

  async #work(): Promise<void> {
    // The end of a step and the beginning of the next are one activity: it halves the history.
    await endOfActivation();
    // A report that was under way when an earlier attempt was stopped goes first.
    this.#pending = this.untold;
    this.#underWay = [];
    while (this.#pending.length > 0) {
      // The reports that wait for a store that is away may be more than Temporal takes.
      const count = howManyFit(this.#pending, MAX_BYTES);
      this.#underWay = this.#pending.slice(0, count);
      this.#pending = this.#pending.slice(count);
      await tell(this.#underWay).catch((error: unknown) => {
        if (isCancellation(error)) throw error;
        log.error('the store did not take the reports', { error, tellings: this.#underWay.length });
      });
      this.#underWay = [];
    }
  }
}
