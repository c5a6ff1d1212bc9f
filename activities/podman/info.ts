/**
 * The engine's description of itself. It takes a quarter of a second, and changes only with the engine's configuration.
 */
import type { PodmanClient } from './client.ts';

export interface EngineInfo {
  /** The folder of images and containers on this machine. */
  readonly graphRoot: string;
  /** `overlay` or `vfs`, for example. */
  readonly driver: string;
  readonly rootless: boolean;
}

/** Asks once. Calls throw what {@link PodmanClient} throws. */
export function createEngineInfo(podman: PodmanClient): (signal: AbortSignal) => Promise<EngineInfo> {
  let known: EngineInfo | undefined;
  return async (signal) => {
    if (known === undefined) {
      const { store, host } = await podman.json<Info>('GET', '/info', { signal });
      known = {
        graphRoot: store.graphRoot,
        driver: store.graphDriverName,
        rootless: host?.security?.rootless === true,
      };
    }
    return known;
  };
}

interface Info {
  readonly store: { readonly graphRoot: string; readonly graphDriverName: string };
  readonly host?: { readonly security?: { readonly rootless?: boolean } };
}
