import { environmentId } from '../../../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../../../contracts/core/keys.ts';
import { ANNOTATION, LABEL, labelsOf, type Component } from '../labels.ts';
import type { Run } from '../run.ts';

/** The installation that makes objects, and the deployment on whose behalf it does. */
export interface Maker {
  /** The label of all that this installation makes. */
  readonly owner: string;
  /** The generation that writes: that of the run by default, and a newer one where an older run is brought back. */
  readonly generation?: number;
  /** The name of the installation's own pull secret; absent where it has none. */
  readonly pullSecret?: string;
}

interface Metadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
}

/** The metadata of an object of an environment. */
export function metadataOf(
  { owner, generation }: Pick<Maker, 'owner' | 'generation'>,
  run: { readonly key: EnvironmentKey; readonly namespace: string; readonly generation: number },
  { name, component }: { readonly name: string; readonly component: Component },
): Metadata {
  return {
    name,
    namespace: run.namespace,
    labels: { ...labelsOf(owner, run.key), [LABEL.component]: component },
    annotations: {
      [ANNOTATION.environment]: environmentId(run.key),
      [ANNOTATION.generation]: String(generation ?? run.generation),
    },
  };
}

/** The same, with the names of its deployment, for objects that belong to one run alone. */
export function metadataOfRun(
  maker: Maker,
  run: Run,
  { name, component }: { readonly name: string; readonly component: Component },
): Metadata {
  const { labels, annotations, ...metadata } = metadataOf(maker, run, { name, component });
  return {
    ...metadata,
    labels: { ...labels, [LABEL.generation]: String(run.generation) },
    annotations: { ...annotations, [ANNOTATION.deployment]: run.deploymentId },
  };
}
