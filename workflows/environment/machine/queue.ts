/** The order in front of an environment, and nothing else: who may go next, and who comes too late (requirements, E9). */
import type { DeploymentRequest, LiveDeployment } from '../../../contracts/deployment/deployment.ts';
import type { Block } from './blocks.ts';

type Ordered = Pick<DeploymentRequest, 'deploymentId' | 'sequence' | 'byName'>;

/** The reason that keeps a request from running now. */
type BlockOf<R> = (request: R) => Block | null;

/** First come, first served among those that may run: one that may not never keeps the ones behind it waiting. */
export const firstFree = <R>(waiting: readonly R[], block: BlockOf<R>): R | undefined =>
  waiting.find((request) => block(request) === null);

export const isIn = (requests: readonly Pick<Ordered, 'deploymentId'>[], deploymentId: string): boolean =>
  requests.some((one) => one.deploymentId === deploymentId);

export const without = <R extends Pick<Ordered, 'deploymentId'>>(requests: readonly R[], deploymentId: string) =>
  requests.filter((one) => one.deploymentId !== deploymentId);

/** True when a newer request makes it pointless: it is older, and no person chose it by name. */
export const isOlder = (one: Ordered, than: Pick<Ordered, 'sequence'>): boolean =>
  !one.byName && one.sequence < than.sequence;

/** When time alone will change what may run; `null`: never. */
export function changesAt<R>(waiting: readonly R[], block: BlockOf<R>): number | null {
  const times = waiting.map((request) => block(request)?.until ?? null).filter((until) => until !== null);
  return times.length === 0 ? null : Math.min(...times);
}

/** True when deploying it would go backwards. A request by name is meant as it is. */
export const isBehind = (request: Ordered, live: Pick<LiveDeployment, 'sequence'> | null): boolean =>
  live !== null && isOlder(request, live);
