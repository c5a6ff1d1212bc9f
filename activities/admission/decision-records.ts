/** The decisions of one evaluation, for each service and environment. */
import type { AdmissionAnswer, AdmissionRequest, ReleaseDraft } from '../../contracts/admission/admission.ts';
import { deployed, skipped, type Decision } from '../../contracts/admission/decision.ts';
import type { Trigger } from '../../contracts/admission/delivery.ts';
import { own } from '../../contracts/core/keys.ts';
import type { ReleaseInput } from '../../contracts/deployment/release.ts';
import { imageTagOf } from './tag-version.ts';

const SHORT_COMMIT = 7;

const byService = (a: ReleaseDraft, b: ReleaseDraft) => (a.key.service < b.key.service ? -1 : 1);

/** One decision for each environment that the releases go to. */
export const decisionsAbout = (trigger: Trigger, releases: readonly ReleaseInput[]): Decision[] =>
  releases.flatMap((release) => {
    const { key, ref, commit, tag = null, releaseId } = release;
    const imageTag = trigger.kind === 'image' ? (trigger.image.tag ?? trigger.image.commit) : commit;
    const version = tag === null ? commit.slice(0, SHORT_COMMIT) : imageTagOf(tag);
    const common = { ...key, ref, commit, imageTag, version, tag, releaseId };
    return release.environments.map(({ name: environment }) => deployed({ ...common, environment }));
  });

/** The skipped decisions for an earlier release of the commit, one for each environment that it would have gone to. */
export const knownDecisions = (
  { drafts }: AdmissionRequest,
  known: Extract<AdmissionAnswer, { kind: 'admitted' }>['known'],
): Decision[] =>
  drafts.toSorted(byService).flatMap(({ key, ref, commit, environments }) => {
    const release = own(known, key.service);
    if (release === undefined) return [];
    return environments.map(({ name: environment }) =>
      skipped('already_released', `${key.service}: already released as ${release}`, {
        ...key,
        environment,
        ref,
        commit,
      }),
    );
  });

/** Lists each detail once, however many decisions share it. */
export const inWords = (decisions: readonly Decision[]): string[] => [
  ...new Set(decisions.flatMap(({ detail }) => detail ?? [])),
];
