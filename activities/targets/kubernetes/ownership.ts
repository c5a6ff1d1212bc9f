/** Decides from an object itself whether Landfall may write it, on behalf of which generation. */
import type { KubernetesObject } from '@kubernetes/client-node';
import { FailureType, failure } from '../../../contracts/core/failures.ts';
import { environmentId } from '../../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../../contracts/core/keys.ts';
import { staleGeneration, type Slack } from '../stale-generation.ts';
import { named } from './client/paths.ts';
import { ANNOTATION, LABEL, MANAGER, generationIn, labelsOf } from './labels.ts';

/** On whose behalf something is written, and where. */
export interface Writing {
  readonly owner: string;
  readonly key: EnvironmentKey;
  readonly namespace: string;
  /** That of the deployment. */
  readonly generation: number;
  /** As in {@link Slack}: a return to an older run writes as newer than the deployment that it takes back. */
  readonly slack: Slack;
}

type Metadata = Pick<KubernetesObject, 'apiVersion' | 'kind' | 'metadata'>;

/** True for an object that this installation made for the environment. */
export const isOurs = ({ metadata }: Metadata, { owner, key }: Pick<Writing, 'owner' | 'key'>): boolean => {
  const wanted = labelsOf(owner, key);
  return [LABEL.managedBy, LABEL.owner, LABEL.id].every((label) => metadata?.labels?.[label] === wanted[label]);
};

/** @throws `InvalidConfiguration` for an object of the same name that something else made */
export function assertOwned(object: Metadata, { owner, key }: Pick<Writing, 'owner' | 'key'>): void {
  if (isOurs(object, { owner, key })) return;
  const { labels = {}, annotations = {} } = object.metadata ?? {};
  const other = annotations[ANNOTATION.environment];
  const whose =
    labels[LABEL.managedBy] !== MANAGER
      ? 'and Landfall did not make it'
      : labels[LABEL.owner] === owner
        ? `and belongs to the environment ${other ?? 'of another name'}`
        : `and belongs to another installation of Landfall ("${labels[LABEL.owner] ?? ''}")`;
  throw failure(
    FailureType.InvalidConfiguration,
    `${named(object)} is there already, ${whose}. Landfall does not touch it. Set another namespace (target.kubernetes.namespace) for ${environmentId(key)}, or remove that object.`,
  );
}

/** @throws `StaleGeneration` when a newer generation has written it */
export function assertNotNewer(
  { metadata }: Metadata,
  { key, generation, slack }: Pick<Writing, 'key' | 'generation' | 'slack'>,
): void {
  const written = generationIn(metadata?.annotations) ?? 0;
  if (written > generation + slack) throw staleGeneration(environmentId(key), generation, written);
  const run = generationIn(metadata?.labels) ?? 0;
  if (run > generation) throw staleGeneration(environmentId(key), generation, run);
}
