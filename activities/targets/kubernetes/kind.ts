import type { ClusterSettings } from '../../../contracts/config/cluster.ts';
import { clusterQueue } from '../../../contracts/core/queues.ts';
import type { ServedKind } from '../kind.port.ts';
import { examineCluster } from './access/examine.ts';
import { clusterIdentity } from './access/identity.ts';
import { createClusterClient } from './client/client.ts';
import { createRequests, type ClusterRequests } from './client/requests.ts';
import { createKubernetesReplicas, createKubernetesTarget } from './target.ts';

/** The library for credentials is large: a process that serves no cluster does not load it. */
const lazily = (cluster: ClusterSettings): ClusterRequests => {
  let requests: Promise<ClusterRequests> | undefined;
  return async (call) => {
    requests ??= import('./client/connect.ts').then(({ connectCluster }) => createRequests(connectCluster(cluster)));
    return (await requests)(call);
  };
};

const clientOf = (cluster: ClusterSettings) =>
  createClusterClient({ cluster: cluster.name, requests: lazily(cluster) });

/** Each cluster is a place, served on its own queue. */
export const servedKubernetes: ServedKind = {
  serve: async ({ clusters, registry, logs, variables }) =>
    clusters.map((cluster) => {
      const deps = { cluster, requests: lazily(cluster), registry, logs, variables };
      const activities = { ...createKubernetesTarget(deps), ...createKubernetesReplicas(deps) };
      return { name: cluster.name, queue: clusterQueue(cluster.name), activities };
    }),

  engines: ({ clusters }) =>
    clusters.map((cluster) => {
      const client = clientOf(cluster);
      return {
        ...{ name: cluster.name, queue: clusterQueue(cluster.name) },
        identity: (signal) => clusterIdentity(client, cluster, signal),
      };
    }),

  examine: ({ clusters }, signal) =>
    Promise.all(clusters.map((cluster) => examineCluster(clientOf(cluster), cluster, signal))),
};
