import type { MovedHead } from '../../contracts/inbox/repair.ts';
import { failureOf } from '../../contracts/core/failures.ts';
import type { GitHubSource } from '../admission/source.port.ts';
import type { FollowedBranch, RepairLedger } from './ledger.port.ts';

/** A call each: an hour has 5,000 of them for each installation. */
const MAX_BRANCHES = 30;

export interface HeadsDeps {
  readonly gitHub: Pick<GitHubSource, 'branchHead'>;
  readonly ledger: RepairLedger;
}

/**
 * Compares branches with what was decided about them. A head that is new to us is believed at the second look: its
 * webhook may be on its way.
 */
export async function findMovedHeads(
  { gitHub, ledger }: HeadsDeps,
  signal: AbortSignal,
): Promise<readonly MovedHead[]> {
  const moved: MovedHead[] = [];
  for (const { origin, branch } of await ledger.branches(Date.now(), MAX_BRANCHES)) {
    const { repositoryId, repository, installationId } = origin;
    const commit = await headOf(gitHub, { origin, branch }, signal);
    const stood = await ledger.sawHead({ repositoryId, branch, commit, now: Date.now() });
    if (!stood || commit === null || (await ledger.isDecided({ repositoryId, branch, commit }))) continue;
    moved.push({ repositoryId, repository, installationId, branch, commit });
  }
  return moved;
}

/** `null`: there is no such branch, or it cannot be read now: one repository must not keep the others from being looked at. */
async function headOf(
  gitHub: HeadsDeps['gitHub'],
  { origin, branch }: FollowedBranch,
  signal: AbortSignal,
): Promise<string | null> {
  try {
    return (await gitHub.branchHead(origin, branch, signal))?.commit ?? null;
  } catch (error) {
    signal.throwIfAborted();
    if (failureOf(error) === undefined) throw error;
    return null;
  }
}
