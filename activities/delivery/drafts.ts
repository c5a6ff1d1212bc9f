import type { AdmissionRequest, ReleaseDraft } from '../../contracts/admission.ts';
import { serviceSettings } from '../../contracts/landfall-yaml.ts';
import type { Actor } from '../../contracts/actor.ts';
import { projectName, readConfiguration } from './configuration.ts';
import type { Configuration } from './configuration.ts';
import { skip, type DeliveryDeps, type Look } from './look.ts';
import { environmentsOf, follows, isFollowed, listService, subjectOf, type Cause } from './plan.ts';
import type { Reader } from './reader.ts';
import { reusableImage } from './reuse.ts';
import type { SourceCommit } from './source.port.ts';

interface Found {
  readonly requestKey: string;
  readonly reader: Reader;
  readonly branch: string;
  readonly head: SourceCommit;
  readonly cause: Cause;
  readonly actor: Actor;
  /** The default branch's file; `undefined` when the commit is that branch's head. */
  readonly protection: Configuration['protection'] | undefined;
  readonly expected: AdmissionRequest['expected'];
}

export const unfollowed = (branch: string): string => `no environment deploys pushes to ${branch}`;

/** One commit of a branch, taken to the environments that follow the branch for this cause. */
export async function draftReleases(deps: DeliveryDeps, found: Found, signal: AbortSignal): Promise<Look> {
  const { requestKey, reader, branch, head, cause, actor, expected } = found;
  const { defaultBranch, project: source } = reader;
  const isDefaultHead = branch === defaultBranch && found.protection === undefined;
  const configuration = await readConfiguration(reader, head.commit, found.protection);
  if ('missing' in configuration) return skip(configuration.missing);
  const followed = isFollowed(configuration.protection, branch, defaultBranch, cause);

  const project = projectName(configuration.protection, reader);
  const drafts: ReleaseDraft[] = [];
  const skipped = followed ? [] : [unfollowed(branch)];
  // What only deploys on request is remembered all the same, so that it can be asked for.
  for (const [service, declared] of followed ? Object.entries(configuration.services) : []) {
    const environments = environmentsOf(configuration.protection, service, defaultBranch)
      .filter((listed) => follows(listed, branch, cause))
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
      origin: source.origin,
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
  return {
    kind: 'admit',
    request: { requestKey, project, source, services, drafts, expected, onlyNew: true },
    skipped,
  };
}
