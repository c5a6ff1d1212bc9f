import type { VariableValues } from '../../contracts/config/variables.ts';

/** One run of a release command, at a place of any kind. `R`: the kind's own form of the deployment. */
export interface ReleaseOnce<R> {
  readonly run: R;
  /** The number of the run. */
  readonly number: number;
  readonly values: VariableValues | null;
  readonly signal: AbortSignal;
  /** True when a person (or the workflow) wants it ended. A worker that stops only lets go of it. */
  readonly isCancelled: () => boolean;
}
