import { isCancellation, log } from '@temporalio/workflow';
import { Background } from './background.ts';
import { endOfActivation } from './end-of-activation.ts';

interface Order<T> {
  readonly send: (values: readonly T[]) => Promise<unknown>;
  /** The number of those that go at once; at least one. */
  readonly atOnce: (pending: readonly T[]) => number;
  /** The first words in the log where values cannot be sent. */
  readonly failed: string;
}

/**
 * Sends every value, beside the work and in order. Values that pile up while others are under way go with the next ones;
 * those that cannot be sent are logged and given up. Nothing here ever fails or delays the work.
 */
export class Ordered<T> {
  readonly #background = new Background();
  readonly #order: Order<T>;
  #pending: readonly T[] = [];
  #underWay: readonly T[] = [];

  /** @param untold - values that an earlier run could not send */
  constructor(order: Order<T>, untold: readonly T[] = []) {
    this.#order = order;
    if (untold.length > 0) this.say(...untold);
  }

  /** Values that are not sent yet, as far as we know. */
  get untold(): readonly T[] {
    return [...this.#underWay, ...this.#pending];
  }

  /** Returns at once. */
  say(...values: readonly T[]): void {
    this.#pending = [...this.#pending, ...values];
    this.#background.start(() => this.#work());
  }

  /** Keeps only the newest of those that are not under way. */
  keepNewest(count: number): void {
    this.#pending = count > 0 ? this.#pending.slice(-count) : [];
  }

  /** Waits until all are sent, at most `limitMs`, then gives up. @returns those that are not */
  async settle(limitMs: number): Promise<readonly T[]> {
    await this.#background.settle(limitMs);
    return this.untold;
  }

  async #work(): Promise<void> {
    const { send, atOnce, failed } = this.#order;
    // Values that were under way when an earlier attempt was stopped go first.
    this.#pending = this.untold;
    this.#underWay = [];
    for (;;) {
      // The end of a step and the beginning of the next go together: it halves the history.
      await endOfActivation();
      if (this.#pending.length === 0) return;
      const count = atOnce(this.#pending);
      this.#underWay = this.#pending.slice(0, count);
      this.#pending = this.#pending.slice(count);
      await send(this.#underWay).catch((error: unknown) => {
        if (isCancellation(error)) throw error;
        log.error(failed, { error, values: this.#underWay.length });
      });
      this.#underWay = [];
    }
  }
}
