/** The commits between an environment and what comes to it next: those that a promotion or a deployment would bring. */

/** The distance of one environment in which something is live. */
export interface Gap {
  /** Its id, as it is shown. */
  readonly environment: string;
  /** The commit that is live there. */
  readonly commit: string;
  readonly next: NextVersion;
}

/** The commit that is live in the environment before it, by name; for the first of a branch, that branch's head. */
export type NextVersion =
  | { readonly environment: string; readonly commit: string }
  | { readonly branch: string; readonly commit: null };

/** The distance between two commits; both numbers are above 0 where neither follows from the other. */
export interface Distance {
  /** The number of commits that the next one has more. */
  readonly behind: number;
  /** The number that it lacks. */
  readonly ahead: number;
}
