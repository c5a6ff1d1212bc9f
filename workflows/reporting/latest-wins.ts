import { isCancellation, log } from '@temporalio/workflow';
import { Background } from './background.ts';
import { endOfActivation } from './end-of-activation.ts';

interface Latest<T> {
  /** Shows one value. @returns the value that is shown then: another one where the way there takes two steps */
  readonly send: (value: T) => Promise<T>;
  /** The first words in the log where a value cannot be shown. */
  readonly failed: string;
  /** Compares two values. By default only the same object counts as equal. */
  readonly isSame?: (one: T, other: T) => boolean;
  /** The value that is shown already. */
  readonly shown?: T;
}

/**
 * Shows the newest value, beside the work, by one writer. A value that is overtaken before it was sent is left out, and
 * one that cannot be shown is logged and given up. Nothing here ever fails or delays the work.
 */
export class LatestWins<T> {
  readonly #background = new Background();
  readonly #latest: Latest<T>;
  #wanted: T | undefined;
  #shown: T | undefined;

  constructor(latest: Latest<T>) {
    this.#latest = latest;
    this.#shown = latest.shown;
  }

  /** Returns at once. */
  say(value: T): void {
    this.#wanted = value;
    this.#background.start(() => this.#work());
  }

  /** Waits until it is shown, at most `limitMs`, then gives up. @returns the value that is not shown */
  async settle(limitMs: number): Promise<T | undefined> {
    return (await this.#background.settle(limitMs)) ? undefined : this.#wanted;
  }

  async #work(): Promise<void> {
    const { send, failed, isSame = Object.is } = this.#latest;
    for (;;) {
      await endOfActivation();
      const next = this.#wanted;
      if (next === undefined || (this.#shown !== undefined && isSame(next, this.#shown))) return;
      this.#shown = await send(next).catch((error: unknown) => {
        if (isCancellation(error)) throw error;
        log.error(failed, { error });
        return next;
      });
    }
  }
}
