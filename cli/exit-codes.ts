/** Exit codes for scripts. Published: numbers are never given a second meaning. */
import type { ReleaseView } from '../contracts/http/api.ts';
import type { DeploymentState } from '../contracts/deployment/states.ts';

export const ExitCode = {
  ok: 0,
  /** Landfall got no request, or could not answer: nothing is known about a deployment. */
  error: 1,
  failed: 2,
  rolledBack: 3,
  cancelled: 4,
  /** A person has to approve first: nothing goes on until then. */
  waitingForApproval: 5,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

const BY_STATE: Partial<Record<DeploymentState, ExitCode>> = {
  awaiting_approval: ExitCode.waitingForApproval,
  rollback_failed: ExitCode.failed,
  failed: ExitCode.failed,
  rolled_back: ExitCode.rolledBack,
  cancelled: ExitCode.cancelled,
  superseded: ExitCode.cancelled,
};
const WORST_FIRST = [ExitCode.failed, ExitCode.rolledBack, ExitCode.cancelled, ExitCode.waitingForApproval] as const;

/** The exit code of a release that has ended or waits for approval: its worst deployment's, or its own when none got so far. */
export function exitCodeOf(release: ReleaseView): ExitCode {
  const codes = release.deployments.map(({ state }) => BY_STATE[state] ?? ExitCode.ok);
  const worst = WORST_FIRST.find((code) => codes.includes(code));
  if (worst !== undefined) return worst;
  if (release.state === 'failed') return ExitCode.failed;
  return release.state === 'cancelled' ? ExitCode.cancelled : ExitCode.ok;
}

/** For `--help`. */
export const EXIT_CODES_HELP = `
Exit codes:
  0  it worked; with --wait: it is live
  1  the command could not be carried out
  2  the deployment failed
  3  the deployment was rolled back: what ran before is running again
  4  the deployment was cancelled, or a newer one took its place
  5  the deployment waits for approval: landfall approve ID lets it go on`;
