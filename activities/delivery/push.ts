import type { ReleaseDraft } from '../../contracts/admission.ts';
import type { Trigger } from '../../contracts/delivery.ts';
import { failureOf } from '../../contracts/failures.ts';
import { serviceSettings } from '../../contracts/landfall-yaml.ts';
import { isRefName } from '../../contracts/names.ts';
import { projectName, readConfiguration, readProtection } from './configuration.ts';
import { lookAtCommit, skip, type DeliveryDeps, type Look } from './look.ts';
import { asksToSkip, environmentsOf, isFollowed, listService, subjectOf } from './plan.ts';
import { openGitHub, type Reader } from './reader.ts';
import { reusableImage } from './reuse.ts';

/** What a push means now: the branch's head, taken to the environments that follow the branch (requirements, B4). */
export async function lookAtPush(
  deps: DeliveryDeps,
  trigger: Extract<Trigger, { kind: 'push' }>,
  signal: AbortSignal,
): Promise<Look> {
  const { catalogue, source } = deps;
  const { repositoryId, repository, branch, requestKey, actor } = trigger;
  if (!isRefName(branch)) return skip('the branch has a name that Landfall does not take');
  const installationId = trigger.installationId ?? (await catalogue.installationOf(repositoryId));
  if (installationId === undefined) {
    return skip(`${repository} is not known, and the push names no installation: install the GitHub App for it`);
  }

  const reader = await openGitHub(
    source.gitHub,
    { kind: 'github', repositoryId, repository, installationId, cloneUrl: '' },
    signal,
  );
  const { defaultBranch, project: projectSource } = reader;
  // Before the head is read, so that a head which is admitted meanwhile shows (store/queries/admission.ts).
  const expected = await catalogue.newest(projectSource.origin, branch);
  const isDefaultHead = branch === defaultBranch;
  const protection = isDefaultHead ? undefined : await protectionOf(reader);
  if (protection && 'missing' in protection) return skip(protection.missing);
  if (protection && !isFollowed(protection.file, branch, defaultBranch)) return skip(unfollowed(branch));
  const head = await reader.branchHead(branch);
  if (!head) return skip(`branch ${branch} is gone`);
  if (asksToSkip(head.message)) return skip(`${head.commit.slice(0, 7)} asks not to be deployed`);
  return lookAtCommit(projectSource.origin, head.commit, async () => {
    const configuration = await readConfiguration(reader, head.commit, protection?.file);
    if ('missing' in configuration) return skip(configuration.missing);
    const followed = isFollowed(configuration.protection, branch, defaultBranch);

    const project = projectName(configuration.protection, reader);
    const drafts: ReleaseDraft[] = [];
    const skipped = followed ? [] : [unfollowed(branch)];
    // What only deploys on request is remembered all the same, so that it can be asked for.
    for (const [service, declared] of followed ? Object.entries(configuration.services) : []) {
      const environments = environmentsOf(configuration.protection, service, defaultBranch)
        .filter((one) => one.autoDeploy && one.branch === branch)
        .map(({ settings }) => settings);
      if (environments.length === 0) {
        skipped.push(`${service}: no environment that follows ${branch} publishes a port for it`);
        continue;
      }
      const key = { project, service };
      const settings = serviceSettings(declared);
      const image = await reusableImage(deps, { key, commit: head.commit, settings: settings.build }, signal);
      drafts.push({
        key,
        origin: projectSource.origin,
        ref: branch,
        commit: head.commit,
        subject: subjectOf(head.message),
        actor,
        byName: false,
        settings,
        environments,
        extraTags: isDefaultHead ? ['latest'] : [],
        ...(image && { image }),
      });
    }
    const listed = isDefaultHead ? Object.keys(configuration.services) : drafts.map(({ key }) => key.service);
    const services = listed.map((service) => listService(configuration, service, { defaultBranch, isDefaultHead }));
    const request = { requestKey, project, source: projectSource, services, drafts, expected, onlyNew: true };
    return { kind: 'admit', request, skipped };
  });
}

/** That the default branch's file is broken was said on the commit that broke it: no news about this one. */
async function protectionOf(reader: Reader): ReturnType<typeof readProtection> {
  try {
    return await readProtection(reader);
  } catch (error) {
    const known = failureOf(error);
    if (known?.type !== 'InvalidConfiguration') throw error;
    return { missing: known.message };
  }
}

const unfollowed = (branch: string): string => `no environment deploys pushes to ${branch}`;
