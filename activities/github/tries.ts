/** One attempt at something on GitHub that must not be done twice. */
export interface Tries {
  /** Whether an earlier attempt may have done it already: then it is looked for first. */
  readonly mayBeDone: boolean;
  readonly signal: AbortSignal;
}
