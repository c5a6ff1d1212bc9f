/** Task queues decide which worker may do which work. A host's own queues reach that host's worker alone. */

import { isName } from './names.ts';

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

/** The options by which `landfall worker` names what it serves, by the queues that they lead to. */
const PLACES = { host: 'host', cluster: 'cluster' } as const;

/** The command that starts the worker of a place, for sentences; `undefined` for a queue that has none of its own. */
export function workerCommand(queue: string): string | undefined {
  const [first = '', name = '', ...more] = queue.split('/');
  if (!Object.hasOwn(PLACES, first) || !isName(name) || more.length > 0) return undefined;
  return `landfall worker --${PLACES[first as keyof typeof PLACES]} ${name}`;
}

const CLUSTER = /^cluster\/(.+)$/;

/** The queues that the bearer of a token may serve, by the token's name: no other work is its business. */
export function queuesOfToken(name: string): readonly string[] {
  const cluster = CLUSTER.exec(name)?.[1];
  if (cluster !== undefined) return isName(cluster) ? [clusterQueue(cluster)] : [];
  return isName(name) ? [hostQueue(name), buildQueue(name)] : [];
}
