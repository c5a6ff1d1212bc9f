/**
 * The ConfigMap that outlives everything else of an environment: the lowest generation that may still switch, and the
 * release commands that were going to be run. It is written with its `resourceVersion` only.
 */
import type { V1ConfigMap } from '@kubernetes/client-node';
import type { EnvironmentKey } from '../../../../contracts/core/keys.ts';
import { COMPONENT } from '../labels.ts';
import { fenceName } from '../names.ts';
import { metadataOf, type Maker } from './metadata.ts';

export interface Fence {
  /** Older ones touch nothing any more. */
  readonly generation: number;
  /** The Jobs of release commands, each with its deployment: a Job that is gone may have run. */
  readonly begun: Readonly<Record<string, string>>;
}

const BEGUN = 'release.';

export function fenceMap(
  maker: Pick<Maker, 'owner'>,
  { key, namespace }: { readonly key: EnvironmentKey; readonly namespace: string },
  { generation, begun }: Fence,
): V1ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadataOf(maker, { key, namespace, generation }, { name: fenceName(key), component: COMPONENT.fence }),
    data: {
      generation: String(generation),
      ...Object.fromEntries(Object.entries(begun).map(([job, deployment]) => [`${BEGUN}${job}`, deployment])),
    },
  };
}

/** The inverse of {@link fenceMap}. What cannot be read counts as old. */
export function readFence({ data = {} }: Pick<V1ConfigMap, 'data'>): Fence {
  const generation = /^\d{1,16}$/.test(data['generation'] ?? '') ? Number(data['generation']) : 0;
  const begun = Object.entries(data)
    .filter(([name]) => name.startsWith(BEGUN))
    .map(([name, deployment]) => [name.slice(BEGUN.length), deployment] as const);
  return { generation: Number.isSafeInteger(generation) ? generation : 0, begun: Object.fromEntries(begun) };
}
