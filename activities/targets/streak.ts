/** Good answers in a row: whether a version that has begun to answer stays healthy (`health.stable`). */
import type { StableSettings } from '../../contracts/config/service.ts';

/** Between two checks of a service that does not answer yet: one that comes up is noticed this soon. */
const POLL_MS = 50;
/** Many checks fit into the time for which it has to stay healthy, and a long time is no burden to it. */
const CHECKS = 10;
const MOST_MS = 1_000;

/** Without the setting the first good answer is enough. */
export const AT_ONCE: StableSettings = { forMs: 0, successes: 1 };

export class Streak {
  readonly #stable: StableSettings;
  #since: number | undefined;
  #firstGoodAt: number | undefined;
  #inRow = 0;
  #good = 0;
  #asked = 0;

  constructor(stable: StableSettings = AT_ONCE) {
    this.#stable = stable;
  }

  get isUnderWay(): boolean {
    return this.#since !== undefined;
  }

  /** When it answered well for the first time, by the clock of {@link note}. */
  get firstGoodAt(): number | undefined {
    return this.#firstGoodAt;
  }

  /** The wait until the next check. */
  get pauseMs(): number {
    return this.isUnderWay ? Math.min(Math.max(this.#stable.forMs / CHECKS, POLL_MS), MOST_MS) : POLL_MS;
  }

  /** @returns true when it has been healthy for as long, and as often in a row, as the settings demand */
  note(isGood: boolean, now: number): boolean {
    this.#asked += 1;
    if (!isGood) {
      this.#since = undefined;
      this.#inRow = 0;
      return false;
    }
    this.#good += 1;
    this.#inRow += 1;
    this.#since ??= now;
    this.#firstGoodAt ??= now;
    return this.#inRow >= this.#stable.successes && now - this.#since >= this.#stable.forMs;
  }

  /** The result so far, in words; empty when it has never answered well. */
  get shortcoming(): string {
    if (this.#good === 0) return '';
    return `${this.#good} of ${this.#asked} checks were good; it has to be healthy ${asWords(this.#stable)}`;
  }
}

/** The demand, in words. */
export const asWords = ({ forMs, successes }: StableSettings = AT_ONCE): string =>
  `${forMs > 0 ? `for ${inSeconds(forMs)}, ` : ''}in ${successes} ${successes === 1 ? 'check' : 'checks in a row'} at least (health.stable)`;

export const inSeconds = (ms: number): string => `${Number((ms / 1_000).toFixed(1))} s`;
