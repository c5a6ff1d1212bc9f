/** Bringing one run's container up, and taking others out of its way. */
import { setTimeout as sleep } from 'node:timers/promises';
import { FailureType, failure, failureFacts, failureOf } from '../../../contracts/core/failures.ts';
import { PodmanError } from '../../podman/client.ts';
import type { ContainerState } from '../../podman/containers.ts';
import { short } from './failures.ts';
import { ensureImage } from './image.ts';
import { logLimit } from './log-limit.ts';
import { findInstance, instancesOf, type Instance, type PodmanPlace } from './place.ts';
import { nudge, recoverPort } from './lost-ports.ts';
import { isFree } from './ports.ts';
import { startFailure } from './refusals.ts';
import { DEFAULT_STOP_MS, containerName, containerSpec, isProxied, type Run } from './container-spec.ts';
import { ensureSecrets } from './secrets.ts';
import { sameValues, type Values } from '../fetch-variables.ts';
import { until } from '../poll-until.ts';

/** Nothing will start it but a call of ours. */
const AT_REST: ReadonlySet<ContainerState> = new Set(['created', 'configured', 'exited']);
export const isAtRest = ({ container }: Pick<Instance, 'container'>): boolean => AT_REST.has(container.state);
const REST_MS = 5_000;

/**
 * Finds the run's container, or creates it from its image, which is pulled when it is gone. Its secrets are there
 * afterwards; it is not started.
 */
export async function ensureContainer(
  place: PodmanPlace,
  run: Run,
  values: Values,
  signal: AbortSignal,
): Promise<Instance> {
  const found = findInstance(await instancesOf(place, run.key, signal), run);
  if (found) {
    if (!found.running) await ensureSecrets(place, run, values, signal);
    return found;
  }

  await ensureImage(place, run, signal);
  const given = run.variables ? sameValues(run.key, run.variables, await values()) : null;
  await ensureSecrets(place, run, async () => given, signal);
  signal.throwIfAborted();
  const name = containerName(run);
  try {
    await place.containers.create({ ...containerSpec(run, place.host.address, given), ...logLimit(place.host) });
  } catch (error) {
    // Created by a call whose answer was lost.
    if (!(error instanceof PodmanError) || !/already in use/.test(error.message)) {
      throw error instanceof PodmanError ? startFailure(name, error) : error;
    }
  }
  const created = findInstance(await instancesOf(place, run.key, signal), run);
  if (created) return created;
  throw failure(
    FailureType.EngineRefused,
    `A container named ${name} exists that is not this deployment's. Remove it with "podman rm ${name}".`,
  );
}

/** Tries of a start that the engine refuses for a passing reason: nothing may serve meanwhile. */
const START_TRIES = 3;
const START_AGAIN_MS = 500;

/**
 * @throws `PortTaken`, `InvalidConfiguration`, `EngineRefused` (all final: what ran before can be back within seconds);
 * `EngineUnavailable` when the engine does not answer
 */
export async function startContainer(
  place: Pick<PodmanPlace, 'containers' | 'podman'>,
  instance: Instance,
  signal: AbortSignal,
): Promise<void> {
  const { container, running } = instance;
  if (running) return;
  // Podman refuses to start one that is still on its way out; its own patience bounds the wait.
  if (container.state === 'stopping') await stopContainer(place, instance, signal);
  let first: PodmanError | undefined;
  for (let tries = 1; ; tries += 1) {
    signal.throwIfAborted();
    try {
      await place.containers.start(container.id);
      return;
    } catch (error) {
      if (!(error instanceof PodmanError)) throw error;
      const refusal = startFailure(container.name, error);
      // The container has been removed since: the next attempt makes another one.
      if (error.status === 404) throw refusal;
      // An earlier call's container was refused, and the engine still held its port: this one has not been tried yet.
      if (!first && tries < START_TRIES && (await recovers(place, instance, refusal, signal))) continue;
      // After a refusal the engine itself may still hold the port, so only the first one says why.
      if (!first && !isPassing(refusal)) throw refusal;
      first ??= error;
      if (tries === START_TRIES) throw stillRefused(container.name, tries, first);
    }
    await nudge(place);
    await sleep(START_AGAIN_MS, undefined, { signal }).catch(() => undefined);
  }
}

function isPassing(refusal: unknown): boolean {
  const named = failureOf(refusal);
  return named !== undefined && failureFacts(named.type).retryable;
}

/** True when the engine itself had its ports, for a container that it could not start, and has let go of them. */
async function recovers(
  place: Pick<PodmanPlace, 'containers' | 'podman'>,
  { container }: Instance,
  refusal: unknown,
  signal: AbortSignal,
): Promise<boolean> {
  if (failureOf(refusal)?.type !== FailureType.PortTaken) return false;
  for (const port of container.ports) {
    if (!(await isFree(port.address, port.port)) && !(await recoverPort(place, port, signal))) return false;
  }
  return true;
}

const stillRefused = (name: string, tries: number, { message }: PodmanError) =>
  failure(
    FailureType.EngineRefused,
    `Podman could not start ${name} in ${tries} tries: ${short(message)}. Look at the engine's own log.`,
  );

const patienceOf = ({ run }: Pick<Instance, 'run'>): number => run?.run.stopTimeoutMs ?? DEFAULT_STOP_MS;

/** Within the patience that its own settings ask for. */
export async function stopContainer(
  { containers }: Pick<PodmanPlace, 'containers'>,
  { container, run }: Pick<Instance, 'container' | 'run'>,
  signal: AbortSignal,
): Promise<void> {
  const ended = async () => {
    await containers.stop(container.id, patienceOf({ run }), signal);
    return AT_REST.has((await containers.inspect(container.id, signal)).state) ? true : undefined;
  };
  // One that crashed in this very moment counts as stopped already, and its restart policy starts it again.
  if (await until(ended, { timeoutMs: REST_MS, signal })) return;
  throw failure(
    FailureType.EngineUnavailable,
    `Podman was asked to stop ${container.name} and it still runs. Look at the engine's own log.`,
  );
}

/** Ends it as {@link stopContainer} does, and removes it. */
export const removeContainer = ({ containers }: Pick<PodmanPlace, 'containers'>, instance: Instance): Promise<void> =>
  containers.remove(instance.container.id, patienceOf(instance));

/** Stops (and keeps) the environment's other containers that publish a port themselves. */
export const leavePublishedPort = (place: PodmanPlace, run: Run, signal: AbortSignal): Promise<void> =>
  stopOthers(place, run, (other) => !(other.run && isProxied(other.run)), signal);

/** Stops (and keeps) the environment's other containers that run alone: two of them at once are one too many. */
export const leaveAlone = (place: PodmanPlace, run: Run, signal: AbortSignal): Promise<void> =>
  stopOthers(place, run, (other) => other.run?.strategy !== 'blue-green', signal);

async function stopOthers(
  place: PodmanPlace,
  run: Run,
  which: (other: Instance) => boolean,
  signal: AbortSignal,
): Promise<void> {
  for (const other of await instancesOf(place, run.key, signal)) {
    if (findInstance([other], run) || !which(other)) continue;
    signal.throwIfAborted();
    if (!isAtRest(other)) await stopContainer(place, other, signal);
  }
}
