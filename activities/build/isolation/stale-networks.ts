/** Networks of builds that were never cleaned. The engine ends a network's holder by itself, but none that a container of rules depends on. */
import type { PodmanClient } from '../../podman/client.ts';
import { removeHeldNetwork } from './held-network.ts';
import { KEPT_UNTIL, NETWORK } from './network-labels.ts';

interface Listed {
  readonly Labels: Readonly<Record<string, string>> | null;
}

/**
 * Removes what killed workers left: networks past their time, and those whose rules a worker began to set and did not end. One that a build
 * uses, of whichever worker, stays.
 *
 * @param now - in milliseconds since the epoch
 */
export async function removeStaleNetworks(podman: PodmanClient, now = Date.now()): Promise<void> {
  const query = { all: true, filters: JSON.stringify({ label: [NETWORK] }) };
  const all = await podman.json<readonly Listed[] | null>('GET', '/containers/json', { query });
  const stale = (all ?? []).map(({ Labels }) => Labels ?? {}).filter((labels) => Number(labels[KEPT_UNTIL]) < now);
  for (const name of new Set(stale.map((labels) => labels[NETWORK]))) {
    if (name !== undefined) await removeHeldNetwork(podman, name);
  }
}
