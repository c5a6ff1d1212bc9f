/**
 * Proves that an engine shuts a build's steps in as its settings demand, by a build of 300 bytes and not by its
 * version.
 */
import { failure } from '../../../contracts/core/failures.ts';
import type { HostSettings } from '../../../contracts/config/host.ts';
import type { PodmanClient } from '../../podman/client.ts';
import { diskFull, noRoomIn } from '../disk-full.ts';
import type { createEngineInfo } from '../../podman/info.ts';
import { closedFor } from './closed.ts';
import { PROBE_MS, tryHeld, tryOut, type WhyNot } from './look.ts';
import type { Shield } from './shield.ts';

export interface Proof {
  readonly shield: Shield;
  /** Each build is given a network by {@link withHeldNetwork}; in it, what the host's settings say may be closed. */
  readonly holds?: { readonly rootless: boolean; readonly closes: boolean };
  /** A remark for people, in the build's log. */
  readonly remark?: string;
}

export type Isolation = ReturnType<typeof createIsolation>;

type Info = ReturnType<typeof createEngineInfo>;
type Wanted = Pick<HostSettings, 'name' | 'buildIsolation' | 'buildNetwork' | 'buildDeny' | 'buildAllow'>;

export function createIsolation(host: Wanted, podman: PodmanClient, info: Info) {
  let proof: Promise<Proof> | undefined;
  let proven: Proof | undefined;

  return {
    /** True when the host's settings give steps its own network. */
    hostNetwork: host.buildNetwork === 'host' || host.buildIsolation === 'chroot',

    /** The addresses closed to steps on this host, by its settings and its addresses now. */
    closed: (signal: AbortSignal) => closedFor(host, podman, signal),

    /** The final result of {@link prove}; `undefined` before that. */
    get proven(): Proof | undefined {
      return proven;
    },

    /**
     * The proven isolation of builds on this host. It is proven once, at the first build; a weaker one is proven anew
     * each time.
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
      // A weaker result may have a passing cause.
      current.then((shown) => {
        if (shown.shield.network !== host.buildNetwork || shown.remark !== undefined) forget();
        else proven = shown;
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
  const unclosed = asked ? await again(() => tryHeld(host, podman, wanted, rootless)) : undefined;
  if (asked && unclosed === undefined) return { shield: wanted, holds: { rootless, closes: true } };
  const opened = (proof: Proof) => withOpenAddresses(proof, host.name, unclosed);
  const why = (await tryOut(podman, wanted, rootless)) && (await tryOut(podman, wanted, rootless));
  if (why === undefined) return opened({ shield: wanted });
  if (wanted.network === 'private' && rootless) {
    const unheld = await again(() => tryHeld({ ...host, buildDeny: [] }, podman, wanted, rootless));
    if (unheld === undefined) return opened({ shield: wanted, holds: { rootless, closes: false } });
  }
  const without: Shield = { ...wanted, network: 'none' };
  if (wanted.network === 'private' && (await tryOut(podman, without, rootless)) === undefined) {
    return {
      shield: without,
      remark: `This host builds without a network: Podman gives steps no private one (${why.words})`,
    };
  }
  const noRoom = noRoomIn([why.words]);
  if (noRoom !== undefined) throw diskFull(noRoom);
  throw failure(
    'InvalidConfiguration',
    `Podman on ${host.name} does not shut build steps in: ${why.words}. Mend that (Podman 4 or newer with runc or crun), or set ` +
      `"buildIsolation": "chroot" for this host: then a Dockerfile has all the rights of Podman's account there.`,
  );
}

/**
 * Looks once more after a passing trouble, so that one bad moment decides nothing.
 *
 * @throws the error of the second look
 */
async function again(look: () => Promise<WhyNot | undefined>): Promise<WhyNot | undefined> {
  const first = await look().catch(() => ({ says: 'failed' }) as const);
  return first?.says === 'failed' ? look() : first;
}

/**
 * Steps reach what should be closed only where kernel, engine or processor say that it cannot be.
 *
 * @throws `EngineUnavailable` (retryable) when nothing says so
 */
function withOpenAddresses(proof: Proof, host: string, unclosed: WhyNot | undefined): Proof {
  if (unclosed === undefined) return proof;
  if (unclosed.says === 'no') return { ...proof, remark: openWords(unclosed.words) };
  const noRoom = noRoomIn([unclosed.words]);
  if (noRoom !== undefined) throw diskFull(noRoom);
  throw failure(
    'EngineUnavailable',
    `Podman on ${host} gave builds no network in which addresses are closed, twice: ${unclosed.words}. It is tried again; ` +
      `"buildDeny": [] for this host builds with all of them open.`,
  );
}

const openWords = (why: string): string =>
  `Steps on this host reach its own addresses and a cloud's metadata service (${why}); buildNetwork: none keeps them from it`;

/** Never resolves. @throws the signal's reason, when it is aborted */
export function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const give = () => reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
    if (signal.aborted) give();
    else signal.addEventListener('abort', give, { once: true });
  });
}
