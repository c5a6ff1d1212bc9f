/** The two ways in which a run takes over. Both can be called again at any point, and go on from there. */
import { FailureType, failure, failureOf } from '../../../contracts/core/failures.ts';
import { environmentId } from '../../../contracts/core/ids.ts';
import { mainRoute } from '../../../contracts/config/routes.ts';
import type { Secret } from '../../../contracts/core/secret.ts';
import { ensureContainer, leaveAlone, leavePublishedPort, startContainer } from './container.ts';
import { healthAttempt } from './health.ts';
import { recoverPort } from './lost-ports.ts';
import type { Instance, PodmanPlace } from './place.ts';
import { waitUntilFree } from './ports.ts';
import type { Entrance, Proxy } from './proxy/proxy.ts';
import { isProxied, type Run } from './container-spec.ts';
import type { Values } from '../fetch-variables.ts';

/** The address at which users reach a run of either strategy: by its name, if it has one. */
export function urlOf({ host }: Pick<PodmanPlace, 'host'>, { publishPort, routes = [] }: Run): string {
  const route = mainRoute(routes);
  if (!route) return `http://${host.address}:${publishPort ?? 0}`;
  const port = host.proxy?.public?.httpsPort ?? HTTPS_PORT;
  return `https://${route.host}${port === HTTPS_PORT ? '' : `:${port}`}${route.path === '/' ? '' : route.path}`;
}
const HTTPS_PORT = 443;

/** The health check to pass before traffic moves. */
export type ReadinessGate = (instance: Instance) => Promise<void>;

interface TakeOver {
  readonly gate: ReadinessGate;
  readonly values: Values;
}

/**
 * `recreate`: there is one at a time, so the old one is stopped (and kept) first. The container publishes the port itself; one
 * with names is behind the proxy, which answers 503 meanwhile.
 */
export async function takeOverByRecreating(
  place: PodmanPlace,
  run: Run,
  { gate, values }: TakeOver,
  signal: AbortSignal,
): Promise<void> {
  // Created first: an image that is gone must not be noticed with the old one stopped.
  const instance = await ensureContainer(place, run, values, signal);
  if (isProxied(run)) {
    if (!instance.running) await leaveAlone(place, run, signal);
    signal.throwIfAborted();
    const started = await startOnAnyPort(place, run, instance, values, signal);
    await gate(started);
    signal.throwIfAborted();
    await leadTo(place, run, started, signal);
    return;
  }
  if (!instance.running) {
    await leaveAlone(place, run, signal);
    signal.throwIfAborted();
    await place.proxy?.close(environmentId(run.key));
    if (run.publishPort !== undefined) {
      await recoverPort(place, { address: place.host.address, port: run.publishPort }, signal);
      await waitUntilFree(place.host.address, run.publishPort);
    }
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
  proxyOf(place);
  const created = await ensureContainer(place, run, values, signal);
  const instance = await startOnAnyPort(place, run, created, values, signal);
  // One that serves already has passed: an earlier call was killed on its way out.
  if (!(instance.chosen && instance.running)) await gate(instance);
  signal.throwIfAborted();
  // A container has published the port until now: it leaves as late as it can.
  if (!(await proxyOf(place).isOpen(entranceOf(place, run)))) await leavePublishedPort(place, run, signal);
  signal.throwIfAborted();
  await leadTo(place, run, instance, signal);
}

/** All new requests reach it when this resolves, and what was before it has finished those that it had. */
async function leadTo(
  place: PodmanPlace,
  run: Run,
  { binding, container }: Instance,
  signal: AbortSignal,
): Promise<void> {
  if (!binding) {
    throw failure(
      FailureType.EngineRefused,
      `Podman published no port for ${container.name}. Look at the engine's own log.`,
    );
  }
  const proxy = proxyOf(place);
  const entrance = entranceOf(place, run);
  if (run.publishPort !== undefined && !(await proxy.isOpen(entrance))) {
    await recoverPort(place, { address: place.host.address, port: run.publishPort }, signal);
  }
  await proxy.route(entrance, binding.port);
  await proxy.settle(entrance.id, run.run.stopTimeoutMs, signal);
}

/** A container that was stopped keeps its port's number, and not the port: another one gets another. */
async function startOnAnyPort(
  place: PodmanPlace,
  run: Run,
  instance: Instance,
  values: Values,
  signal: AbortSignal,
): Promise<Instance> {
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
    `Host ${host.name} has no proxy, which blue-green and names need. Configure one for it, or use the recreate strategy and a port.`,
  );
}

export const entranceOf = (
  { host }: Pick<PodmanPlace, 'host'>,
  { key, publishPort, routes, health }: Pick<Run, 'key' | 'publishPort' | 'routes' | 'health'>,
): Entrance => ({
  id: environmentId(key),
  address: host.address,
  ...(publishPort !== undefined && { port: publishPort }),
  ...(routes && { routes: [...routes] }),
  // A name and a path are HTTP's.
  mode: health.kind === 'tcp' && !routes ? 'tcp' : 'http',
});
