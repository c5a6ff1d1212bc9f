import { join } from 'node:path';

/** The socket of the process that has the cluster, in the run's folder. */
export const clusterSocket = (dir: string): string => join(dir, 'cluster.sock');
/** The cluster's folder beside it: keys, data and logs. */
export const CLUSTER_FOLDER = 'cluster';
