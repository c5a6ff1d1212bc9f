import type { ClusterSettings } from '../../../../contracts/config/cluster.ts';
import { FailureType, failure } from '../../../../contracts/core/failures.ts';
import type { ClusterClient } from '../client/client.ts';
import type { ObjectRef } from '../client/paths.ts';

/** It is in every cluster, and is never made again. */
const OF_EVERY_CLUSTER = 'kube-system';

/**
 * The identity of a cluster, from wherever it is reached: the uid of a namespace that stays. Two installations in one
 * cluster are two, as they see nothing of each other.
 *
 * @throws what the client throws; `InvalidConfiguration` where the namespace is missing
 */
export async function clusterIdentity(
  client: Pick<ClusterClient, 'read'>,
  { name, owner, namespaces = [OF_EVERY_CLUSTER] }: ClusterSettings,
  signal: AbortSignal,
): Promise<string> {
  // The order in the file says nothing.
  const [namespace = OF_EVERY_CLUSTER] = namespaces.toSorted();
  const ref = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
  const found = await client.read<ObjectRef & { readonly metadata?: { readonly uid?: string } }>(ref, signal);
  const uid = found?.metadata?.uid;
  if (uid !== undefined) return `${uid}/${owner}`;
  throw failure(
    FailureType.InvalidConfiguration,
    `Cluster ${name} has no namespace ${namespace}, which the worker's LANDFALL_CLUSTERS_FILE names. Make it, or correct the file.`,
  );
}
