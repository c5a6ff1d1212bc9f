/** What one run of the repair found and did. */
export interface RepairResult {
  /** Deliveries in GitHub's list that were looked at. */
  readonly looked: number;
  /** Those that are not in our inbox and that GitHub was asked for again. */
  readonly redelivered: number;
  /** Those that were asked for as often as makes sense. */
  readonly givenUp: number;
  /** Whether the list was read to where the run before had ended; otherwise the next run goes on. */
  readonly upToDate: boolean;
}

/** A branch that somebody follows, at a commit that nobody has told us of. */
export interface MovedHead {
  readonly repositoryId: number;
  readonly repository: string;
  readonly installationId: number;
  readonly branch: string;
  readonly commit: string;
}
