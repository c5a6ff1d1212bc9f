import type { AdmissionRequest, ReleaseDraft } from '../../contracts/admission/admission.ts';
import { skipped, type Decision } from '../../contracts/admission/decision.ts';
import { serviceSettings } from '../../contracts/config/settings.ts';
import { readConfiguration } from './configuration.ts';
import { projectName } from './project-name.ts';
import type { Configuration } from './configuration.ts';
import { skip, type DeliveryDeps, type Evaluation } from './evaluation.ts';
import {
  environmentsOf,
  followsBranch,
  isFollowed,
  listService,
  subjectOf,
  whyNot,
  whyUnfollowed,
  type Cause,
} from './branch-rules.ts';
import { createPathFilter } from './paths.ts';
import type { RepositoryReader } from './repository.ts';
import type { Causers } from './who-caused.ts';
import { reusableImage } from './reusable-image.ts';
import type { SourceCommit } from './source.port.ts';

interface Found {
  readonly requestKey: string;
  readonly reader: RepositoryReader;
  readonly branch: string;
  readonly head: SourceCommit;
  readonly cause: Cause;
  readonly by: Causers;
  /** The default branch's file; `undefined` when the commit is that branch's head. */
  readonly protection: Configuration['protection'] | undefined;
  readonly expected: AdmissionRequest['expected'];
}

/** The environment's own reason for not following a cause. */
const HOW: Readonly<Record<ReturnType<typeof whyNot>, string>> = {
  wrong_branch: 'follows another branch',
  on_request_only: 'deploys on request only',
  waits_for_ci: 'waits for a CI workflow',
  waits_for_push: 'deploys pushes, not CI runs',
};

export const unfollowed = (branch: string): string => `no environment deploys pushes to ${branch}`;

/** One commit of a branch, taken to the environments that follow the branch for this cause. */
export async function draftReleases(deps: DeliveryDeps, found: Found, signal: AbortSignal): Promise<Evaluation> {
  const { requestKey, reader, branch, head, cause, by, expected } = found;
  const { defaultBranch, project: source } = reader;
  const isDefaultHead = branch === defaultBranch && found.protection === undefined;
  const configuration = await readConfiguration(reader, head.commit, found.protection);
  const about = { ref: branch, commit: head.commit };
  if ('missing' in configuration) return skip('no_configuration', configuration.missing, about);
  const followed = isFollowed(configuration.protection, branch, defaultBranch, cause);

  const project = await projectName(deps, configuration.protection, reader);
  const drafts: ReleaseDraft[] = [];
  const skippedOnes: Decision[] = followed
    ? []
    : [skipped(whyUnfollowed(configuration.protection, branch, defaultBranch), unfollowed(branch), about)];
  const unconcerned: Decision[] = [];
  const filter = createPathFilter(deps, { origin: source.origin, ...about }, signal);
  // Services that only deploy on request are recorded all the same, so that they can be requested.
  for (const [service, declared] of followed ? Object.entries(configuration.services) : []) {
    const key = { project, service };
    const listed = environmentsOf(configuration.protection, service, defaultBranch);
    const following = listed.filter((one) => followsBranch(one, branch, cause)).map(({ settings }) => settings);
    for (const one of listed.filter((each) => each.branch === branch && !followsBranch(each, branch, cause))) {
      const [reason, name] = [whyNot(one, branch), one.settings.name];
      unconcerned.push(skipped(reason, `${name} ${HOW[reason]}`, { ...about, ...key, environment: name }));
    }
    if (following.length === 0) {
      skippedOnes.push(
        skipped('no_port', `${service}: no environment that follows ${branch} publishes a port for it`, {
          ...about,
          ...key,
        }),
      );
      continue;
    }
    const { environments, untouched } = await filter({ key, patterns: declared.paths, environments: following });
    skippedOnes.push(...untouched);
    if (environments.length === 0) continue;
    const settings = serviceSettings(declared);
    const image = await reusableImage(deps, { key, commit: head.commit, settings: settings.build }, signal);
    drafts.push({
      key,
      origin: source.origin,
      ref: branch,
      commit: head.commit,
      subject: subjectOf(head.message),
      ...by,
      byName: false,
      settings,
      environments,
      extraTags: isDefaultHead ? ['latest'] : [],
      ...(image && { image }),
    });
  }
  const listed = isDefaultHead ? Object.keys(configuration.services) : drafts.map(({ key }) => key.service);
  const services = listed.map((service) => listService(configuration, service, { defaultBranch, isDefaultHead }));
  return {
    kind: 'admit',
    request: { requestKey, project, source, services, isWhole: isDefaultHead, drafts, expected, onlyNew: true },
    skipped: skippedOnes,
    unconcerned,
  };
}
