/**
 * A network for the steps of one build, held by a container that does nothing. Older engines without root give a build a
 * network through which the host's loopback is reached at 10.0.2.2; to containers they give one without.
 */
import { pack } from 'tar-stream';
import { failure } from '../../../contracts/core/failures.ts';
import type { PodmanClient } from '../../podman/client.ts';
import { ignore } from '../image.ts';
import { pauseProgram } from './probe-program.ts';
import { shieldQuery } from './shield.ts';

const IMAGE = 'localhost/landfall/network:1';
const SLOW_MS = 60_000;

/** The container that holds a build's network. */
export const networkName = (buildId: string): string => `landfall.network.${buildId}`;

/**
 * Runs the work with a network of its own, and removes it afterwards.
 *
 * @param name - of the container; one of the same name, which a killed worker has left, goes first
 * @param work - gets the network's path for `nsoptions`
 */
export async function withHeldNetwork<T>(
  podman: PodmanClient,
  name: string,
  signal: AbortSignal,
  work: (path: string) => Promise<T>,
): Promise<T> {
  await ensureImage(podman, signal);
  await removeHeldNetwork(podman, name);
  signal.throwIfAborted();
  const body = { name, image: IMAGE, netns: { nsmode: 'slirp4netns' }, cgroups: 'disabled', cap_drop: ['all'] };
  try {
    await podman.json('POST', '/containers/create', { body, timeoutMs: SLOW_MS });
    await podman.json('POST', `/containers/${name}/start`, { timeoutMs: SLOW_MS });
    const { State } = await podman.json<{ State: { Pid: number } }>('GET', `/containers/${name}/json`, { signal });
    return await work(`/proc/${State.Pid}/ns/net`);
  } finally {
    await removeHeldNetwork(podman, name);
  }
}

/** One that is not there is removed. */
export async function removeHeldNetwork(podman: PodmanClient, name: string): Promise<void> {
  const query = { force: true, timeout: 0, v: true };
  await podman
    .json('DELETE', `/containers/${name}`, { query, timeoutMs: SLOW_MS })
    .catch((error: unknown) => ignore(error, 404));
}

async function ensureImage(podman: PodmanClient, signal: AbortSignal): Promise<void> {
  const path = `/images/${encodeURIComponent(IMAGE)}/json`;
  const found = await podman.json<object>('GET', path, { signal }).catch((error: unknown) => ignore(error, 404));
  if (found !== undefined) return;
  const body = pack();
  body.entry({ name: 'Dockerfile' }, 'FROM scratch\nCOPY pause /pause\nENTRYPOINT ["/pause"]\n');
  body.entry({ name: 'pause', mode: 0o755 }, pauseProgram());
  body.finalize();
  const query = { dockerfile: 'Dockerfile', t: IMAGE, ...shieldQuery({ isolation: 'oci', network: 'none' }) };
  for await (const said of podman.lines('POST', '/build', { query, body, signal })) {
    if (typeof said['error'] === 'string')
      throw failure('EngineUnavailable', `Podman could not build ${IMAGE}: ${said['error']}`);
  }
}
