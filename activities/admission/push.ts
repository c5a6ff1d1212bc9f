import { asksToSkip } from './skip-marker.ts';
import type { Trigger } from '../../contracts/admission/delivery.ts';
import { isRefName, shortCommit } from '../../contracts/core/names.ts';
import { draftReleases, unfollowed } from './drafts.ts';
import { evaluateCommit, skip, type DeliveryDeps, type Evaluation } from './evaluation.ts';
import { isFollowed, whyUnfollowed } from './branch-rules.ts';
import { whoPushed } from './who-caused.ts';
import { openTold, protectionOf } from './repository-of-event.ts';

const PUSH = { kind: 'push' } as const;

/** Admits the branch's present head to the environments that follow the branch (requirements, B4). */
export async function evaluatePush(
  deps: DeliveryDeps,
  trigger: Extract<Trigger, { kind: 'push' }>,
  signal: AbortSignal,
): Promise<Evaluation> {
  const { branch, requestKey, actor } = trigger;
  if (!isRefName(branch)) return skip('unsafe_name', 'the branch has a name that Landfall does not take');
  const reader = await openTold(deps, trigger, signal);
  if ('kind' in reader) return reader;
  const { defaultBranch, project: projectSource } = reader;
  // Before the head is read, so that a head which is admitted meanwhile shows (store/queries/admission.ts).
  const expected = await deps.catalogue.newest(projectSource.origin, branch);
  const protection = branch === defaultBranch ? undefined : await protectionOf(reader);
  if (protection && 'missing' in protection) return skip(protection.reason, protection.missing, { ref: branch });
  if (protection && !isFollowed(protection.file, branch, defaultBranch, PUSH)) {
    return skip(whyUnfollowed(protection.file, branch, defaultBranch), unfollowed(branch), { ref: branch });
  }
  const head = await reader.branchHead(branch);
  if (!head) return skip('branch_gone', `branch ${branch} is gone`, { ref: branch });
  if (asksToSkip(head.message)) {
    const about = { ref: branch, commit: head.commit };
    return skip('skip_deploy', `${shortCommit(head.commit)} asks not to be deployed`, about);
  }
  const { origin } = projectSource;
  const released = { branch, commit: head.commit };
  const by =
    origin.kind === 'github'
      ? await whoPushed(deps.source.gitHub, { origin, ...released }, { actor, pushed: trigger.commit }, signal)
      : { actor };
  const found = { requestKey, reader, branch, head, cause: PUSH, by, protection: protection?.file, expected };
  return evaluateCommit(projectSource.origin, head.commit, () => draftReleases(deps, found, signal));
}
