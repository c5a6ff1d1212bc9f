/** One attempt at something on GitHub that must not be done twice. */
export interface Tries {
  /** True when an earlier attempt may have succeeded already: then its result is looked up first. */
  readonly mayBeDone: boolean;
  readonly signal: AbortSignal;
}
