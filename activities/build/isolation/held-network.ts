/**
 * A network for the steps of one build, held by a container that does nothing, in which addresses can be closed before the
 * first step. Older engines without root also give a build a network through which the host's loopback is reached at 10.0.2.2;
 * to containers they give one without.
 */
import { pack } from 'tar-stream';
import { failure } from '../../../contracts/core/failures.ts';
import { PodmanError, type PodmanClient } from '../../podman/client.ts';
import { ignore } from '../image.ts';
import type { Closed } from './closed.ts';
import { networkLabels } from './network-labels.ts';
import { pauseProgram } from './probe-program.ts';
import { rulesProgram } from './rules-program.ts';
import { shieldQuery, type Shield } from './shield.ts';

const IMAGE = 'localhost/landfall/network:1';
const SLOW_MS = 60_000;

/** The container that holds a build's network. */
export const networkName = (buildId: string): string => `landfall.network.${buildId}`;

/** The engine's settings for a build in a held network. */
export type Held = Required<Pick<Shield, 'networkPath'>> & Pick<Shield, 'nameserver'>;

export interface HeldBy extends Held {
  /** The engine's id of the container that holds it: of those of one name, the one for which the kernel took the rules. */
  readonly holder: string;
}

export interface Hold {
  /** The container's name; a container of that name left by a killed worker is removed first. */
  readonly name: string;
  readonly rootless: boolean;
  readonly closed?: Closed | undefined;
  /** After which the engine itself ends and removes it, whatever becomes of this process. */
  readonly livesMs: number;
  readonly signal: AbortSignal;
}

/** slirp4netns(1): the host's resolver may be on its loopback. */
const SLIRP_NAMESERVER = '10.0.2.3';

/** Another try of a `no` brings the same; what `failed` may have been a passing trouble of the engine. */
export type Says = 'no' | 'failed';

const said = new WeakMap<Error, Says>();

/** Libpod answers 500 to nearly everything: only these of its refusals mean that it cannot. */
const CANNOT: ReadonlySet<number> = new Set([400, 405, 501]);

/** The meaning of an error of {@link withHeldNetwork}; `undefined` when the engine gave no answer at all. */
export function whatSays(error: unknown): Says | undefined {
  if (error instanceof PodmanError) return CANNOT.has(error.status) ? 'no' : 'failed';
  return error instanceof Error ? said.get(error) : undefined;
}

function saying(says: Says, words: string): Error {
  const error = failure('EngineUnavailable', words);
  said.set(error, says);
  return error;
}

/** Runs the work with a network of its own, and removes it afterwards. */
export async function withHeldNetwork<T>(
  podman: PodmanClient,
  hold: Hold,
  work: (held: Held) => Promise<T>,
): Promise<T> {
  try {
    return await work(await holdNetwork(podman, hold));
  } finally {
    // A failed removal must not hide how the work ended.
    await removeHeldNetwork(podman, hold.name).catch(() => undefined);
  }
}

/**
 * Makes a network in which the addresses are closed. It stays until {@link removeHeldNetwork}.
 *
 * @throws an error of which {@link whatSays} knows more, the signal's reason
 */
export async function holdNetwork(
  podman: PodmanClient,
  { name, rootless, closed, livesMs, signal }: Hold,
): Promise<HeldBy> {
  await ensureImage(podman, signal);
  await removeHeldNetwork(podman, name);
  signal.throwIfAborted();
  const netns = { nsmode: rootless ? 'slirp4netns' : 'bridge' };
  const timeout = Math.ceil(livesMs / 1_000);
  const { Id: holder } = await podman.json<{ Id: string }>('POST', '/containers/create', {
    body: { name, image: IMAGE, netns, timeout, remove: true, labels: networkLabels(name, livesMs), ...SMALL },
    timeoutMs: SLOW_MS,
  });
  await podman.json('POST', `/containers/${holder}/start`, { timeoutMs: SLOW_MS });
  if (closed) await close(podman, { name, holder }, closed);
  const held = await findHeldNetwork(podman, { holder, rootless, signal });
  if (held === undefined) throw saying('failed', `the engine ended what held a build's network`);
  return held;
}

/** A network that is held now; `undefined` when nothing holds it any more. */
export async function findHeldNetwork(
  podman: PodmanClient,
  { holder, rootless, signal }: Pick<HeldBy, 'holder'> & Pick<Hold, 'rootless' | 'signal'>,
): Promise<HeldBy | undefined> {
  const found = await podman
    .json<{ State: { Running: boolean; Pid: number } }>('GET', `/containers/${holder}/json`, { signal })
    .catch((error: unknown) => ignore(error, 404));
  if (!found?.State.Running) return undefined;
  return { holder, networkPath: `/proc/${found.State.Pid}/ns/net`, ...(rootless && { nameserver: SLIRP_NAMESERVER }) };
}

const SMALL = { cgroups: 'disabled', cap_drop: ['all'] } as const;
/** EINTR, EAGAIN, ENOMEM, ENFILE, EMFILE and ENOBUFS (errno(3)). */
const PASSING: ReadonlySet<number> = new Set([4, 11, 12, 23, 24, 105]);
/** From here on the engine or a signal ended the program (podman-run(1), "Exit Status"). */
const NOT_ITS_OWN = 125;
/** The engine looks so often whether the program has ended, which takes a millisecond; 250 ms by default. */
const WAIT_EVERY = '10ms';
const closerOf = (name: string) => `${name}.rules`;
/** Each of the calls that set the rules has a minute; the program takes a millisecond. */
const CLOSES_MS = 10 * 60_000;

/**
 * A container in the same network sets the rules. It alone may: steps can neither add nor remove one.
 *
 * @throws `EngineUnavailable` with the kernel's number when it takes no such rules
 */
async function close(
  podman: PodmanClient,
  { name, holder }: Pick<Hold, 'name'> & Pick<HeldBy, 'holder'>,
  closed: Closed,
): Promise<void> {
  const program = rulesProgram(closed);
  if (program === undefined) throw saying('no', `no addresses can be closed on ${process.arch}`);
  const closer = closerOf(name);
  const netns = { nsmode: 'container', value: holder };
  const labels = networkLabels(name, CLOSES_MS);
  const rights = { ...SMALL, cap_add: ['CAP_NET_ADMIN'] };
  const body = { name: closer, image: IMAGE, entrypoint: ['/rules'], netns, labels, ...rights };
  await podman.json('POST', '/containers/create', { body, timeoutMs: SLOW_MS });
  const files = pack();
  files.entry({ name: 'rules', mode: 0o755 }, program);
  files.finalize();
  await podman.json('PUT', `/containers/${closer}/archive`, { query: { path: '/' }, body: files, timeoutMs: SLOW_MS });
  await podman.json('POST', `/containers/${closer}/start`, { timeoutMs: SLOW_MS });
  const query = { interval: WAIT_EVERY };
  const code = await podman.json<number>('POST', `/containers/${closer}/wait`, { query, timeoutMs: SLOW_MS });
  if (code !== 0) {
    const isNo = code > 0 && code < NOT_ITS_OWN && !PASSING.has(code);
    throw saying(isNo ? 'no' : 'failed', `the kernel takes no rules for a build's network (error ${code})`);
  }
  // The engine removes nothing on which another container depends.
  await removeContainer(podman, closer);
}

/** One that is not there is removed. */
export async function removeHeldNetwork(podman: PodmanClient, name: string): Promise<void> {
  for (const one of [closerOf(name), name]) await removeContainer(podman, one);
}

async function removeContainer(podman: PodmanClient, name: string): Promise<void> {
  await podman
    .json('DELETE', `/containers/${name}`, { query: { force: true, timeout: 0, v: true }, timeoutMs: SLOW_MS })
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
  for await (const line of podman.lines('POST', '/build', { query, body, signal })) {
    if (typeof line['error'] === 'string') throw saying('failed', `Podman could not build ${IMAGE}: ${line['error']}`);
  }
}
