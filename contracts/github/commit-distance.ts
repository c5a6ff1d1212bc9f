/** What lies between an environment and what comes to it next: what a promotion or a deployment would bring. */

/** Of one environment in which something is live. */
export interface Gap {
  /** Its id, as it is shown. */
  readonly environment: string;
  /** What is live there. */
  readonly commit: string;
  readonly next: NextVersion;
}

/** What is live in the environment before it, by name; of the first of a branch whatever that branch's head is. */
export type NextVersion =
  | { readonly environment: string; readonly commit: string }
  | { readonly branch: string; readonly commit: null };

/** How far apart two commits are; both numbers are above 0 where neither follows from the other. */
export interface Distance {
  /** How many commits the next one has more. */
  readonly behind: number;
  /** How many it lacks. */
  readonly ahead: number;
}
