/** The two ways in which a run takes over. Both can be called again at any point, and go on from there. */
import { FailureType, failure, failureOf } from '../../../contracts/core/failures.ts';
import { environmentId } from '../../../contracts/core/ids.ts';
import type { Secret } from '../../../contracts/core/secret.ts';
import { ensureContainer, leavePublishedPort, releaseLostPorts, startContainer } from './container.ts';
import { healthAttempt } from './health.ts';
import type { Instance, PodmanPlace } from './place.ts';
import { waitUntilFree } from './ports.ts';
import type { Entrance, Proxy } from './proxy/proxy.ts';
import type { Run } from './container-spec.ts';
import type { Values } from './secrets.ts';

/** The address at which users reach a run of either strategy. */
export const urlOf = ({ host }: PodmanPlace, { publishPort }: Run): string => `http://${host.address}:${publishPort}`;

/** The health check to pass before traffic moves. */
export type ReadinessGate = (instance: Instance) => Promise<void>;

export interface TakeOver {
  readonly gate: ReadinessGate;
  readonly values: Values;
}

/** `recreate`: the container publishes the port itself, so the old one is stopped (and kept) first. */
export async function takeOverByRecreating(
  place: PodmanPlace,
  run: Run,
  { gate, values }: TakeOver,
  signal: AbortSignal,
): Promise<void> {
  // Created first: an image that is gone must not be noticed with the old one stopped.
  const instance = await ensureContainer(place, run, values, signal);
  if (!instance.running) {
    await leavePublishedPort(place, run, signal);
    signal.throwIfAborted();
    await place.proxy?.close(environmentId(run.key));
    await waitUntilFree(place.host.address, run.publishPort, () => releaseLostPorts(place));
    await startContainer(place, instance, signal);
  }
  await gate(instance);
}

/**
 * `blue-green`: the new container comes up beside the old one, and the proxy is switched once the new one has proven
 * itself at its own port. The old one stays up: going back is another switch.
 */
export async function takeOverBesides(
  place: PodmanPlace,
  run: Run,
  { gate, values }: TakeOver,
  signal: AbortSignal,
): Promise<void> {
  const proxy = proxyOf(place);
  const entrance = entranceOf(place, run);
  const instance = await startBesides(place, run, values, signal);
  const { binding, container } = instance;
  const serving = instance.chosen && instance.running;
  if (!binding)
    throw failure(
      FailureType.EngineRefused,
      `Podman published no port for ${container.name}. Look at the engine's own log.`,
    );

  // One that serves already has passed: an earlier call was killed on its way out.
  if (!serving) await gate(instance);
  signal.throwIfAborted();
  // A container has published the port until now: it leaves as late as it can.
  if (!(await proxy.isOpen(entrance))) await leavePublishedPort(place, run, signal);
  signal.throwIfAborted();
  await proxy.route(entrance, binding.port);
  await proxy.settle(entrance.id, run.run.stopTimeoutMs, signal);
}

/** A container that was stopped keeps its port's number, and not the port: another one gets another. */
async function startBesides(place: PodmanPlace, run: Run, values: Values, signal: AbortSignal): Promise<Instance> {
  const instance = await ensureContainer(place, run, values, signal);
  try {
    await startContainer(place, instance, signal);
    return instance;
  } catch (error) {
    if (failureOf(error)?.type !== FailureType.PortTaken) throw error;
  }
  await place.containers.remove(instance.container.id);
  const other = await ensureContainer(place, run, values, signal);
  await startContainer(place, other, signal);
  return other;
}

/** The gate of a switch, made when it begins. */
export function healthGate(
  place: PodmanPlace,
  run: Run,
  secrets: readonly Secret[],
  signal: AbortSignal,
): ReadinessGate {
  const begunAt = place.now();
  return (instance) => healthAttempt(place, instance, run, { begunAt, signal, secrets });
}

/** @throws `InvalidConfiguration` on a host without a proxy */
export function proxyOf({ proxy, host }: PodmanPlace): Proxy {
  if (proxy) return proxy;
  throw failure(
    FailureType.InvalidConfiguration,
    `Host ${host.name} has no proxy, which blue-green needs. Configure one for it, or use the recreate strategy.`,
  );
}

export const entranceOf = ({ host }: PodmanPlace, { key, publishPort, health }: Run): Entrance => ({
  id: environmentId(key),
  address: host.address,
  port: publishPort,
  mode: health.kind === 'tcp' ? 'tcp' : 'http',
});
