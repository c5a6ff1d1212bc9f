import { join } from 'node:path';

/** Where the process that has the cluster is spoken to, in the run's folder. */
export const clusterSocket = (dir: string): string => join(dir, 'cluster.sock');
/** Where it keeps keys, data and logs, there as well. */
export const CLUSTER_FOLDER = 'cluster';
