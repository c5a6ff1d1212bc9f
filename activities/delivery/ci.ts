import type { Trigger } from '../../contracts/delivery.ts';
import { COMMIT, isRefName } from '../../contracts/names.ts';
import { draftReleases } from './drafts.ts';
import { lookAtCommit, skip, type DeliveryDeps, type Look } from './look.ts';
import { asksToSkip, environmentsOf, follows, isFollowed, type Cause } from './plan.ts';
import { openTold, protectionOf } from './told.ts';

type CiTrigger = Extract<Trigger, { kind: 'ci' }>;

/**
 * What the end of a CI workflow means: the commit that it ran on goes to the environments that wait for it
 * (requirements, E1). Failed runs, runs of forks and pull requests, and commits that are older than what was released
 * already deploy nothing.
 */
export async function lookAtCi(deps: DeliveryDeps, trigger: CiTrigger, signal: AbortSignal): Promise<Look> {
  const unfit = whyUnfit(trigger);
  if (unfit !== undefined) return skip(unfit);
  const { branch, commit, workflow, requestKey, actor } = trigger;
  const cause: Cause = { kind: 'ci', workflow };
  const reader = await openTold(deps, trigger, signal);
  if ('kind' in reader) return reader;
  const { defaultBranch, project: source } = reader;
  const { origin } = source;
  if (origin.kind !== 'github') return skip('only GitHub runs CI workflows');

  const protection = await protectionOf(reader);
  if ('missing' in protection) return skip(protection.missing);
  if (!isFollowed(protection.file, branch, defaultBranch, cause)) {
    return skip(`no environment waits for ${workflow} on ${branch}`);
  }
  const expected = await deps.catalogue.newest(origin, branch);
  const head = await reader.branchHead(branch);
  if (!head) return skip(`branch ${branch} is gone`);
  const isHead = head.commit === commit;
  const tested = isHead ? head : await reader.commit(commit);
  const short = commit.slice(0, 7);
  if (!tested) return skip(`${short} is gone`);
  if (asksToSkip(tested.message)) return skip(`${short} asks not to be deployed`);
  if (!isHead) {
    const onBranch = await deps.source.gitHub.compare(origin, commit, head.commit, signal);
    if (onBranch !== 'ahead') return skip(`${short} is no longer on ${branch}`);
    const environments = Object.keys(protection.file.services)
      .flatMap((service) => environmentsOf(protection.file, service, defaultBranch))
      .filter((listed) => follows(listed, branch, cause))
      .map(({ settings }) => settings.name);
    const newest = await deps.catalogue.newestCommit(origin, branch, environments);
    // A run that took longer than the one of a newer commit must not bring the older one back.
    if (newest !== undefined && newest !== commit) {
      const order = await deps.source.gitHub.compare(origin, newest, commit, signal);
      if (order !== 'ahead') return skip(`${newest.slice(0, 7)}, which is newer than ${short}, is released already`);
    }
  }
  const onDefaultHead = isHead && branch === defaultBranch;
  const found = { requestKey, reader, branch, head: tested, cause, actor, expected, protection: onDefaultHead ? undefined : protection.file }; // prettier-ignore
  return lookAtCommit(origin, commit, () => draftReleases(deps, found, signal));
}

/** What the event itself tells. A fork may call its branch `main`, too. */
function whyUnfit(trigger: CiTrigger): string | undefined {
  const { conclusion, workflow, event, headRepositoryId, repositoryId, branch, commit } = trigger;
  if (conclusion !== 'success') return `${workflow} ended with ${conclusion}`;
  if (headRepositoryId !== repositoryId) return `${workflow} ran on a commit of a fork`;
  if (event !== 'push') return `${workflow} was started by ${event}, not by a push`;
  if (!isRefName(branch)) return 'the branch has a name that Landfall does not take';
  if (!COMMIT.test(commit)) return 'it names no commit';
  return undefined;
}
