/**
 * Ports that Podman itself holds, for a container that it could not start. Podman 4 lets go of them when its memory is tidied up: after
 * 20 s and more when it has nothing to do.
 */
import { FailureType, failure } from '../../../contracts/core/failures.ts';
import type { PortBinding } from '../../podman/containers.ts';
import { listenerAt, type Listener } from './listener.ts';
import type { PodmanPlace } from './place.ts';
import { until } from '../poll-until.ts';
import { isFree, overlaps } from './ports.ts';

type Engine = Pick<PodmanPlace, 'podman' | 'containers'>;

/** Nudges take their time on a busy host. */
const PATIENCE_MS = 8_000;

/** Its API, the monitor of a container, and the two halves of what publishes a port without root. */
const OF_PODMAN: ReadonlySet<string> = new Set(['podman', 'conmon', 'rootlessport', 'rootlessport-child']);

/** A list of everything is answer enough to have Podman tidy up. */
export async function nudge({ podman }: Pick<Engine, 'podman'>): Promise<void> {
  await podman.json<unknown>('GET', '/images/json');
}

/**
 * Has Podman let go of the port, if it holds it for nothing that runs. One that is free, or that another program or a container has, is
 * left alone.
 *
 * @returns whether it was held so, and is no more
 * @throws `EngineUnavailable` when Podman goes on holding it
 */
export async function recoverPort(
  engine: Engine,
  { address, port }: PortBinding,
  signal: AbortSignal,
  patienceMs = PATIENCE_MS,
): Promise<boolean> {
  if (await isFree(address, port)) return false;
  const holder = await lostTo(engine, { address, port }, signal);
  if (!holder) return false;
  const free = async () => {
    await nudge(engine);
    return (await isFree(address, port)) ? true : undefined;
  };
  if (await until(free, { timeoutMs: patienceMs, signal })) return true;
  throw failure(
    FailureType.EngineUnavailable,
    `Podman itself (${holder.program}, process ${holder.pid}) still holds ${address}:${port}, for a container that it could not start. It lets go by itself, later; starting its API again ends it at once, and nothing that runs.`,
  );
}

async function lostTo(
  { containers }: Pick<Engine, 'containers'>,
  { address, port }: PortBinding,
  signal: AbortSignal,
): Promise<Listener | undefined> {
  const listener = await listenerAt(address, port);
  if (!listener || !OF_PODMAN.has(listener.program)) return undefined;
  const publishes = (one: PortBinding) => one.port === port && overlaps(one.address, address);
  const isUsed = (await containers.list(undefined, signal)).some(
    ({ state, ports }) => state === 'running' && ports.some(publishes),
  );
  return isUsed ? undefined : listener;
}
