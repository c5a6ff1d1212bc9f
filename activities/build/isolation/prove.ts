/** Whether an engine shuts a build's steps in as it is asked to. Shown by a build of 300 bytes, not taken from its version. */
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { AddressInfo } from 'node:net';
import { pack } from 'tar-stream';
import { failure, failureOf } from '../../../contracts/core/failures.ts';
import type { HostSettings } from '../../../contracts/config/host.ts';
import { PodmanError, type PodmanClient } from '../../podman/client.ts';
import { diskFull, noRoomIn } from '../disk-full.ts';
import type { createEngineInfo } from '../../podman/info.ts';
import { closedFor } from './closed.ts';
import { networkName, withHeldNetwork } from './held-network.ts';
import { PROBE_SEES, probeProgram, type Address } from './probe-program.ts';
import { shieldQuery, type Shield } from './shield.ts';

export interface Proof {
  readonly shield: Shield;
  /** Each build is given a network by {@link withHeldNetwork}; in it, what the host's settings say may be closed. */
  readonly holds?: { readonly rootless: boolean; readonly closes: boolean };
  /** What people should know of it; for the build's log. */
  readonly remark?: string;
}

export type Isolation = ReturnType<typeof createIsolation>;

type Info = ReturnType<typeof createEngineInfo>;
type Wanted = Pick<HostSettings, 'name' | 'buildIsolation' | 'buildNetwork' | 'buildDeny' | 'buildAllow'>;

/** A build of one small file, which takes a second. */
const PROBE_MS = 60_000;
/** The host's loopback as slirp4netns shows it to containers without root. */
const SLIRP_HOST = [10, 0, 2, 2] as const;
const LOOPBACK = [127, 0, 0, 1] as const;

export function createIsolation(host: Wanted, podman: PodmanClient, info: Info) {
  let proof: Promise<Proof> | undefined;

  return {
    /** Whether steps are given the host's network, as its settings say. */
    hostNetwork: host.buildNetwork === 'host' || host.buildIsolation === 'chroot',

    /** What steps on this host do not reach, as its settings and its addresses are now. */
    closed: (signal: AbortSignal) => closedFor(host, podman, signal),

    /**
     * How builds on this host are shut in. Proven once, at the first build; less than that is proven anew each time.
     *
     * @throws `InvalidConfiguration` when the engine cannot do it and the host's settings do not do without;
     * `EngineUnavailable` (retryable)
     */
    async prove(signal: AbortSignal): Promise<Proof> {
      proof ??= prove(host, podman, info);
      const current = proof;
      const forget = () => {
        if (proof === current) proof = undefined;
      };
      // Less than what was asked for may have been a passing trouble.
      current.then(({ shield, remark }) => {
        if (shield.network !== host.buildNetwork || remark !== undefined) forget();
      }, forget);
      return Promise.race([current, aborted(signal)]);
    },
  };
}

async function prove(host: Wanted, podman: PodmanClient, info: Info): Promise<Proof> {
  const { rootless } = await info(AbortSignal.timeout(PROBE_MS));
  const wanted: Shield = { isolation: host.buildIsolation, network: host.buildNetwork };
  if (wanted.isolation === 'chroot') {
    return {
      shield: wanted,
      remark: `This host builds without containers (buildIsolation: chroot): steps see its processes and network`,
    };
  }
  const asked = wanted.network === 'private' && host.buildDeny.length > 0;
  const unclosed = asked ? await tryHeld(host, podman, wanted, rootless) : undefined;
  if (asked && unclosed === undefined) return { shield: wanted, holds: { rootless, closes: true } };
  const open = unclosed === undefined ? {} : { remark: openWords(unclosed) };
  const why = (await tryOut(podman, wanted, rootless)) && (await tryOut(podman, wanted, rootless));
  if (why === undefined) return { shield: wanted, ...open };
  if (wanted.network === 'private' && rootless) {
    const unheld = await tryHeld({ ...host, buildDeny: [] }, podman, wanted, rootless);
    if (unheld === undefined) return { shield: wanted, holds: { rootless, closes: false }, ...open };
  }
  const without: Shield = { ...wanted, network: 'none' };
  if (wanted.network === 'private' && (await tryOut(podman, without, rootless)) === undefined) {
    return {
      shield: without,
      remark: `This host builds without a network: Podman gives steps no private one (${why})`,
    };
  }
  const noRoom = noRoomIn([why]);
  if (noRoom !== undefined) throw diskFull(noRoom);
  throw failure(
    'InvalidConfiguration',
    `Podman on ${host.name} does not shut build steps in: ${why}. Mend that (Podman 4 or newer with runc or crun), or set ` +
      `"buildIsolation": "chroot" for this host: then whoever writes a Dockerfile can do there what Podman's account can.`,
  );
}

const openWords = (why: string): string =>
  `Steps on this host reach its own addresses and a cloud's metadata service (${why}); buildNetwork: none keeps them from it`;

/** @returns why not */
async function tryOut(
  podman: PodmanClient,
  shield: Shield,
  rootless: boolean,
  /** An address of the host that is closed too. */
  own?: string,
): Promise<string | undefined> {
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
      return rootless && shield.network === 'private' ? `nothing proves it on ${process.arch}` : undefined;
    return await buildProbe(podman, shield, program);
  } finally {
    listener.close();
  }
}

/** @returns why not */
async function tryHeld(
  host: Wanted,
  podman: PodmanClient,
  shield: Shield,
  rootless: boolean,
): Promise<string | undefined> {
  const signal = AbortSignal.timeout(PROBE_MS);
  const name = networkName(`probe.${process.pid}`);
  try {
    const closed = await closedFor(host, podman, signal);
    const own = host.buildDeny.includes('host')
      ? closed?.deny.find((range) => isOwn(range, host.buildAllow))
      : undefined;
    return await withHeldNetwork(podman, { name, rootless, closed, signal }, (held) =>
      tryOut(podman, { ...shield, ...held }, rootless, own?.replace('/32', '')),
    );
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** An IPv4 address that is here now, and that no setting opens. */
function isOwn(range: string, allow: readonly string[]): boolean {
  const here = Object.values(networkInterfaces()).flatMap((some) => some ?? []);
  return allow.length === 0 && here.some(({ address, internal }) => !internal && `${address}/32` === range);
}

const DOCKERFILE = 'FROM scratch\nCOPY probe /probe\nRUN ["/probe"]\n';

async function buildProbe(podman: PodmanClient, shield: Shield, program: Buffer): Promise<string | undefined> {
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

function reason(said: readonly string[]): string {
  const lines = said.flatMap((text) => text.split('\n')).filter((line) => !line.startsWith('STEP'));
  // A busy engine also warns of what it could not tidy up; the reason stands beside that.
  const errors = lines.filter((line) => !/\blevel=(?:warning|info|debug)\b/.test(line));
  const last = (errors.length > 0 ? errors : lines).slice(-3).join('; ');
  const code = Number(/exit(?:ed with)? (?:status|code):? (\d+)/.exec(last)?.[1]);
  if (code === PROBE_SEES.hostProcesses) return 'a step sees the processes of the host';
  if (code === PROBE_SEES.hostLoopback)
    return 'a step reaches the loopback address of the host, or another that is closed';
  return last.slice(0, 600) || 'the build of a small program ended without an image';
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const give = () => reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
    if (signal.aborted) give();
    else signal.addEventListener('abort', give, { once: true });
  });
}
