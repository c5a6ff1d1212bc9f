/** What a rehearsal has found: a version's code replayed on the histories of the workflows that are open. */
export interface Rehearsal {
  readonly replayed: number;
  /** Workflows that the version could not go on with, {@link SHOWN_BROKEN} at most. */
  readonly broken: readonly { readonly workflowId: string; readonly why: string }[];
  /** How many more of them there are. */
  readonly more: number;
}

/** Enough to see which kind of workflow it is. */
export const SHOWN_BROKEN = 10;
