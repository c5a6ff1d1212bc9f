/** Task queues decide which worker may do which work. A host's own queues reach that host's worker alone. */

/** Workflows, GitHub, records: any number of workers. */
export const CONTROL_QUEUE = 'landfall';
/** Every build host listens here to claim a build; the rest of that build runs on the host's own queue. */
export const BUILDS_QUEUE = 'builds';
/** Deploying on one host. */
export const hostQueue = (host: string): string => `host/${host}`;
/** Deploying to one cluster. */
export const clusterQueue = (cluster: string): string => `cluster/${cluster}`;
/** Building on one host. Apart from {@link hostQueue}, so that a long build never delays a rollback. */
export const buildQueue = (host: string): string => `host/${host}/build`;
