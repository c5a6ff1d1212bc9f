/**
 * The networks of a host's builds. One is made while its build's commit is being fetched, because that takes a second which the
 * build need not wait for. Each is one build's own: none is handed on, and the kernel has taken the rules of each.
 */
import { isDeepStrictEqual } from 'node:util';
import type { PodmanClient } from '../../podman/client.ts';
import type { Closed } from './closed.ts';
import {
  findHeldNetwork,
  holdNetwork,
  networkName,
  removeHeldNetwork,
  type Held,
  type HeldBy,
} from './held-network.ts';
import { aborted, type Isolation, type Proof } from './prove.ts';

/** The build that a network is for. */
export interface NetworkOf {
  readonly buildId: string;
  /** The build's own limit. */
  readonly timeoutMs: number;
}

export type BuildNetworks = ReturnType<typeof createBuildNetworks>;
type Holds = NonNullable<Proof['holds']>;

interface Ahead extends Pick<HeldBy, 'holder'> {
  readonly closed: Closed | undefined;
  /** The time of `performance.now()`. */
  readonly madeAt: number;
}

/** The time that a network lives beside its build's own limit: for fetching the commit, and waits between two steps. */
const MARGIN_MS = 3 * 3_600_000;
/** The deadline for a network that is made ahead: no build waits for it yet, and a hung engine shows when one does. */
const AHEAD_MS = 60_000;

export function createBuildNetworks(podman: PodmanClient, isolation: Isolation) {
  /** The networks that are being made, by build; `undefined` in it: that one was not made. */
  const ahead = new Map<string, Promise<Ahead | undefined>>();

  const closedNow = (holds: Holds, signal: AbortSignal) =>
    holds.closes ? isolation.closed(signal) : Promise.resolve(undefined);

  async function make(
    { buildId, timeoutMs }: NetworkOf,
    holds: Holds,
    closed: Closed | undefined,
    signal: AbortSignal,
  ) {
    const livesMs = timeoutMs + MARGIN_MS;
    return holdNetwork(podman, { name: networkName(buildId), rootless: holds.rootless, closed, livesMs, signal });
  }

  async function makeAhead(build: NetworkOf, holds: Holds) {
    const signal = AbortSignal.timeout(AHEAD_MS);
    const closed = await closedNow(holds, signal);
    const madeAt = performance.now();
    const { holder } = await make(build, holds, closed, signal);
    return { closed, holder, madeAt };
  }

  /** Leaves nothing of it; one that was never made is removed. */
  async function remove(buildId: string): Promise<void> {
    // A network that is still being made would appear after its removal.
    await ahead.get(buildId);
    ahead.delete(buildId);
    await removeHeldNetwork(podman, networkName(buildId));
  }

  return {
    /** Begins to make the build's network, where this host has shown that it can. Never throws: {@link take} tries again. */
    begin(build: NetworkOf): void {
      const holds = isolation.proven?.holds;
      if (holds === undefined || ahead.has(build.buildId)) return;
      ahead.set(
        build.buildId,
        makeAhead(build, holds).catch(() => undefined),
      );
    },

    /**
     * The build's network, with what is to be closed now. It stays until {@link remove}.
     *
     * @throws as `holdNetwork`
     */
    async take(build: NetworkOf, holds: Holds, signal: AbortSignal): Promise<Held> {
      const { buildId } = build;
      const made = await Promise.race([ahead.get(buildId), aborted(signal)]);
      ahead.delete(buildId);
      const closed = await closedNow(holds, signal);
      // One that is older would be ended by the engine before the build's own limit.
      const isFresh = made !== undefined && performance.now() - made.madeAt < MARGIN_MS;
      if (made && isFresh && isDeepStrictEqual(made.closed, closed)) {
        // Another attempt may have made one of the same name, in which the rules are not set yet: the engine's id tells them apart.
        const held = await findHeldNetwork(podman, { holder: made.holder, rootless: holds.rootless, signal });
        if (held) return held;
      }
      return make(build, holds, closed, signal);
    },

    remove,

    /** Keeps the network while the step that needs it goes well. After a good build the push does not wait for its removal. */
    async unlessFailed<T>(buildId: string, step: Promise<T>): Promise<T> {
      try {
        return await step;
      } catch (error) {
        // A failed removal must not hide why the step failed: cleaning the build removes the network.
        await remove(buildId).catch(() => undefined);
        throw error;
      }
    },
  };
}
