/** One look at whether builds are shut in, by a build of 300 bytes. */
import { createServer, type AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { pack } from 'tar-stream';
import { failure, failureOf } from '../../../contracts/core/failures.ts';
import type { HostSettings } from '../../../contracts/config/host.ts';
import { PodmanError, type PodmanClient } from '../../podman/client.ts';
import { closedFor } from './closed.ts';
import { networkName, whatSays, withHeldNetwork, type Says } from './held-network.ts';
import { PROBE_SEES, probeProgram, type Address } from './probe-program.ts';
import { shieldQuery, type Shield } from './shield.ts';

/** The reason why a build is not shut in as wanted. */
export interface WhyNot {
  readonly says: Says;
  readonly words: string;
}

type Wanted = Pick<HostSettings, 'buildDeny' | 'buildAllow'>;

/** A build of one small file, which takes a second. */
export const PROBE_MS = 60_000;
/** The host's loopback as slirp4netns shows it to containers without root. */
const SLIRP_HOST = [10, 0, 2, 2] as const;
const LOOPBACK = [127, 0, 0, 1] as const;

/**
 * Builds a program that looks around.
 *
 * @returns why a build is not shut in
 * @throws `EngineUnavailable` (retryable)
 */
export async function tryOut(
  podman: PodmanClient,
  shield: Shield,
  rootless: boolean,
  /** An address of the host that is closed too. */
  own?: string,
): Promise<WhyNot | undefined> {
  const listener = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject).listen(0, own === undefined ? '127.0.0.1' : '0.0.0.0', resolve);
  });
  try {
    const { port } = listener.address() as AddressInfo;
    const hosts = shield.network === 'host' ? [] : [LOOPBACK, ...(rootless ? [SLIRP_HOST] : [])];
    const addresses: Address[] = hosts.map((ip) => ({ ip, port }));
    const [a = 0, b = 0, c = 0, d = 0] = (own ?? '').split('.').map(Number);
    if (own !== undefined) addresses.push({ ip: [a, b, c, d], port });
    const program = probeProgram(addresses);
    // Elsewhere an engine with root is believed: a build that it cannot shut in fails.
    if (program === undefined)
      return rootless && shield.network === 'private'
        ? { says: 'no', words: `nothing proves it on ${process.arch}` }
        : undefined;
    return await buildProbe(podman, shield, program);
  } finally {
    listener.close();
  }
}

/**
 * Like {@link tryOut}, in a network whose addresses are closed as the host's settings say.
 *
 * @throws `EngineUnavailable` (retryable) when the engine gave no answer
 */
export async function tryHeld(
  host: Wanted,
  podman: PodmanClient,
  shield: Shield,
  rootless: boolean,
): Promise<WhyNot | undefined> {
  const signal = AbortSignal.timeout(PROBE_MS);
  const name = networkName(`probe.${process.pid}`);
  try {
    const closed = await closedFor(host, podman, signal);
    const own = host.buildDeny.includes('host')
      ? closed?.deny.find((range) => isOwn(range, host.buildAllow))
      : undefined;
    return await withHeldNetwork(podman, { name, rootless, closed, livesMs: 2 * PROBE_MS, signal }, (held) =>
      tryOut(podman, { ...shield, ...held }, rootless, own?.replace('/32', '')),
    );
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    const says = whatSays(error);
    if (says !== undefined) return { says, words };
    throw failureOf(error) ? error : failure('EngineUnavailable', `Podman made no network for a build: ${words}`);
  }
}

/** An IPv4 address that is here now, and that no setting opens. */
function isOwn(range: string, allow: readonly string[]): boolean {
  const here = Object.values(networkInterfaces()).flatMap((some) => some ?? []);
  return allow.length === 0 && here.some(({ address, internal }) => !internal && `${address}/32` === range);
}

const DOCKERFILE = 'FROM scratch\nCOPY probe /probe\nRUN ["/probe"]\n';

async function buildProbe(podman: PodmanClient, shield: Shield, program: Buffer): Promise<WhyNot | undefined> {
  const body = pack();
  body.entry({ name: 'Dockerfile' }, DOCKERFILE);
  body.entry({ name: 'probe', mode: 0o755 }, program);
  body.finalize();
  const query = {
    dockerfile: 'Dockerfile',
    layers: false,
    rm: true,
    forcerm: true,
    nocache: true,
    ...shieldQuery(shield),
  };
  const said: string[] = [];
  let image = '';
  try {
    for await (const line of podman.lines('POST', '/build', { query, body, signal: AbortSignal.timeout(PROBE_MS) })) {
      const text = [line['stream'], line['error']]
        .filter((one) => typeof one === 'string')
        .join('')
        .trim();
      if (text !== '') said.push(text);
      if (/^[0-9a-f]{64}$/.test(text)) image = text;
    }
  } catch (error) {
    if ((error as Error).name === 'TimeoutError') {
      throw failure('EngineUnavailable', `Podman took longer than ${PROBE_MS / 1_000} s to build a small program.`);
    }
    if (failureOf(error) || !(error instanceof PodmanError)) throw error;
    said.push(error.message);
  } finally {
    body.destroy();
  }
  if (image === '') return reason(said);
  await podman.json('DELETE', '/images/remove', { query: { images: image, force: true } }).catch(() => undefined);
  return undefined;
}

function reason(said: readonly string[]): WhyNot {
  const lines = said.flatMap((text) => text.split('\n')).filter((line) => !line.startsWith('STEP'));
  // A busy engine also warns of what it could not tidy up; the reason stands beside that.
  const errors = lines.filter((line) => !/\blevel=(?:warning|info|debug)\b/.test(line));
  const last = (errors.length > 0 ? errors : lines).slice(-3).join('; ');
  const code = Number(/exit(?:ed with)? (?:status|code):? (\d+)/.exec(last)?.[1]);
  if (code === PROBE_SEES.hostProcesses) return { says: 'no', words: 'a step sees the processes of the host' };
  if (code === PROBE_SEES.hostLoopback)
    return { says: 'no', words: 'a step reaches the loopback address of the host, or another that is closed' };
  return { says: 'failed', words: last.slice(0, 600) || 'the build of a small program ended without an image' };
}
