import { CancellationScope, condition, log, proxyActivities } from '@temporalio/workflow';
import type { TellActivities, Telling } from '../../activities/records/records.port.ts';
import { telling } from './activity-options.ts';

const { tell } = proxyActivities<TellActivities>({ ...telling, summary: 'tell the store' });

/**
 * Tells the store what happens, beside the work and in order. What piles up while one report is under way goes with
 * the next one. Nothing here ever fails or delays the work: the store is what people read, not what we decide by.
 */
export class Teller {
  #pending: Telling[] = [];
  #underWay: readonly Telling[] = [];

  /** Returns at once. */
  say(...tellings: readonly Telling[]): void {
    this.#pending.push(...tellings);
    if (this.#underWay.length === 0) void this.#work();
  }

  /** Waits until all is told, at most `limitMs`. @returns what could not be told in that time */
  async settle(limitMs: number): Promise<readonly Telling[]> {
    await condition(() => this.#underWay.length === 0, limitMs);
    return [...this.#underWay, ...this.#pending];
  }

  async #work(): Promise<void> {
    // A cancelled deployment still has a story.
    await CancellationScope.nonCancellable(async () => {
      while (this.#pending.length > 0) {
        this.#underWay = this.#pending;
        this.#pending = [];
        await tell(this.#underWay).catch((error: unknown) => {
          log.error('the store could not be told', { error, tellings: this.#underWay.length });
        });
      }
      this.#underWay = [];
    });
  }
}
