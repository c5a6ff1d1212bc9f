import { asksToSkip } from './skip-marker.ts';
import type { SkipReason } from '../../contracts/admission/decision.ts';
import type { Trigger } from '../../contracts/admission/delivery.ts';
import { COMMIT, isRefName, shortCommit } from '../../contracts/core/names.ts';
import { draftReleases } from './drafts.ts';
import { evaluateCommit, skip, type DeliveryDeps, type Evaluation } from './evaluation.ts';
import { environmentsOf, followsBranch, isFollowed, whyUnfollowed, type Cause } from './branch-rules.ts';
import { whoTested } from './who-caused.ts';
import { openTold, protectionOf } from './repository-of-event.ts';

type CiTrigger = Extract<Trigger, { kind: 'ci' }>;

/**
 * Admits the commit of a CI workflow that has ended to the environments that wait for it (requirements, E1). Failed
 * runs, runs of forks and pull requests, and commits older than the last released one deploy nothing.
 */
export async function evaluateCi(deps: DeliveryDeps, trigger: CiTrigger, signal: AbortSignal): Promise<Evaluation> {
  const unfit = whyUnfit(trigger);
  const { branch, commit, workflow, requestKey, actor } = trigger;
  const about = { ref: branch, commit };
  if (unfit) return skip(unfit.reason, unfit.detail, about);
  const cause: Cause = { kind: 'ci', workflow };
  const reader = await openTold(deps, trigger, signal);
  if ('kind' in reader) return reader;
  const { defaultBranch, project: source } = reader;
  const { origin } = source;
  if (origin.kind !== 'github') return skip('not_on_github', 'only GitHub runs CI workflows', about);

  const protection = await protectionOf(reader);
  if ('missing' in protection) return skip(protection.reason, protection.missing, about);
  if (!isFollowed(protection.file, branch, defaultBranch, cause)) {
    const reason = whyUnfollowed(protection.file, branch, defaultBranch);
    return skip(reason, `no environment waits for ${workflow} on ${branch}`, about);
  }
  const expected = await deps.catalogue.newest(origin, branch);
  const head = await reader.branchHead(branch);
  if (!head) return skip('branch_gone', `branch ${branch} is gone`, about);
  const isHead = head.commit === commit;
  const tested = isHead ? head : await reader.commit(commit);
  const short = shortCommit(commit);
  if (!tested) return skip('commit_gone', `${short} is gone`, about);
  if (asksToSkip(tested.message)) return skip('skip_deploy', `${short} asks not to be deployed`, about);
  if (!isHead) {
    const onBranch = await deps.source.gitHub.compare(origin, commit, head.commit, signal);
    if (onBranch !== 'ahead') return skip('not_on_branch', `${short} is no longer on ${branch}`, about);
    const environments = Object.keys(protection.file.services)
      .flatMap((service) => environmentsOf(protection.file, service, defaultBranch))
      .filter((listed) => followsBranch(listed, branch, cause))
      .map(({ settings }) => settings.name);
    const newest = await deps.catalogue.newestCommit(origin, branch, environments);
    // A run that took longer than the one of a newer commit must not bring the older one back.
    if (newest !== undefined && newest !== commit) {
      const order = await deps.source.gitHub.compare(origin, newest, commit, signal);
      if (order !== 'ahead') {
        return skip('superseded', `${shortCommit(newest)}, which is newer than ${short}, is released already`, about);
      }
    }
  }
  const onDefaultHead = isHead && branch === defaultBranch;
  const found = {
    requestKey,
    reader,
    branch,
    head: tested,
    cause,
    by: await whoTested(deps.source.gitHub, { origin, branch, commit }, actor, signal),
    expected,
    protection: onDefaultHead ? undefined : protection.file,
  };
  return evaluateCommit(origin, commit, () => draftReleases(deps, found, signal));
}

/** Judges by the event alone. A fork may call its branch `main`, too. */
function whyUnfit(trigger: CiTrigger): { readonly reason: SkipReason; readonly detail: string } | undefined {
  const { conclusion, workflow, event, headRepositoryId, repositoryId, branch, commit } = trigger;
  if (conclusion !== 'success') return { reason: 'ci_failed', detail: `${workflow} ended with ${conclusion}` };
  if (headRepositoryId !== repositoryId) {
    return { reason: 'ci_of_fork', detail: `${workflow} ran on a commit of a fork` };
  }
  if (event !== 'push') {
    return { reason: 'ci_not_of_push', detail: `${workflow} was started by ${event}, not by a push` };
  }
  if (!isRefName(branch)) {
    return { reason: 'unsafe_name', detail: 'the branch has a name that Landfall does not take' };
  }
  if (!COMMIT.test(commit)) return { reason: 'commit_gone', detail: 'it names no commit' };
  return undefined;
}
