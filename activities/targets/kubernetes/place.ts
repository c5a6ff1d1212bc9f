/** One cluster with everything that its operations use. */
import { readFile } from 'node:fs/promises';
import type { ClusterSettings } from '../../../contracts/config/cluster.ts';
import { FailureType, failure } from '../../../contracts/core/failures.ts';
import { Secret } from '../../../contracts/core/secret.ts';
import type { LogSink } from '../../logs/log-sink.port.ts';
import type { RegistrySettings } from '../../registry/client.ts';
import type { VariableSource } from '../variables.port.ts';
import type { ClusterClient } from './client/client.ts';
import type { Maker } from './manifests/metadata.ts';
import { pullSecretName } from './names.ts';

export interface KubernetesPlace {
  readonly cluster: ClusterSettings;
  readonly client: ClusterClient;
  readonly variables: VariableSource;
  readonly logs: LogSink;
  readonly registry: RegistrySettings;
  readonly now: () => number;
}

/** @param generation - on whose behalf objects are written; that of the run by default */
export const makerOf = ({ cluster }: KubernetesPlace, generation?: number): Maker => ({
  owner: cluster.owner,
  ...(generation !== undefined && { generation }),
  ...(cluster.pullAuthFile !== undefined && { pullSecret: pullSecretName(cluster.owner) }),
});

/** The namespaces that may be looked into: `undefined` stands for all of them. */
export const namespacesOf = ({ cluster }: KubernetesPlace): readonly (string | undefined)[] =>
  cluster.namespaces ?? [undefined];

/** @throws `InvalidConfiguration` for a namespace that this worker may not use */
export function assertAllowed({ cluster }: KubernetesPlace, namespace: string): void {
  if (!cluster.namespaces || cluster.namespaces.includes(namespace)) return;
  throw failure(
    FailureType.InvalidConfiguration,
    `Cluster ${cluster.name} is used in the namespaces ${cluster.namespaces.join(', ')} only, and not in ${namespace}. Set target.kubernetes.namespace in landfall.yaml, or add it to LANDFALL_CLUSTERS_FILE.`,
  );
}

/** The content of the file for pulling, which is read each time: it may be renewed. @throws `EngineRefused` */
export async function pullAuth({ cluster }: KubernetesPlace): Promise<Secret | undefined> {
  const { name, pullAuthFile } = cluster;
  if (pullAuthFile === undefined) return undefined;
  return readFile(pullAuthFile, 'utf8').then(
    (text) => new Secret(text),
    (error: unknown) => {
      const { code = 'unknown' } = error as NodeJS.ErrnoException;
      throw failure(
        FailureType.EngineRefused,
        `The pullAuthFile ${pullAuthFile} of cluster ${name} cannot be read (${code}). Mend it, or the worker's LANDFALL_CLUSTERS_FILE.`,
      );
    },
  );
}
