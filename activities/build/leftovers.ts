/** Working containers that a cut-off build leaves in the engine. Its layers are the cache of the next build. */
import { setTimeout as sleep } from 'node:timers/promises';
import { PodmanError, type PodmanClient } from '../podman/client.ts';
import type { BuildFolder } from './folder.ts';
import { ignore } from './image.ts';
import { buildingSince, othersAreBuilding } from './marker.ts';

interface CleanDeps {
  readonly podman: PodmanClient;
  readonly workDir: string;
  readonly signal: AbortSignal;
}

/** The engine cleans up after an aborted build by itself: measured, 2 s, up to 6 s on a busy machine. */
const SETTLE_MS = 10_000;
const LOOK_MS = 250;

/**
 * Waits until the engine has cleaned up after this build, then removes the rest: an engine that was killed does not
 * come back to it.
 *
 * Working containers carry no label. While another build is under way on this host, its containers look the same, so
 * all of them stay.
 */
export async function removeLeftovers(folder: BuildFolder, deps: CleanDeps): Promise<void> {
  const { podman, workDir, signal } = deps;
  const since = await buildingSince(folder);
  const containers = async () =>
    since === undefined || (await othersAreBuilding(workDir, folder)) ? [] : workingContainers(podman, since, signal);

  const deadline = Date.now() + SETTLE_MS;
  let left = await containers();
  while (left.length > 0 && Date.now() < deadline) {
    await sleep(LOOK_MS, undefined, { signal });
    left = await containers();
  }
  for (const { Id } of left) {
    await podman
      .json('DELETE', `/containers/${Id}`, { query: { force: true }, signal })
      .catch((error: unknown) => ignore(error, 404));
  }
}

interface Container {
  readonly Id: string;
  readonly Created: string;
  readonly Names: readonly string[] | null;
  readonly Command: readonly string[] | null;
}

/** Buildah's own, which Podman calls external: no user can have started them as containers. */
async function workingContainers(
  podman: PodmanClient,
  since: number,
  signal: AbortSignal,
): Promise<readonly Container[]> {
  for (;;) {
    const query = { all: true, external: true };
    const all = await podman
      .json<readonly Container[] | null>('GET', '/containers/json', { query, signal })
      .catch(ignoreVanished);
    if (all === VANISHED) await sleep(LOOK_MS, undefined, { signal });
    else return (all ?? []).filter((one) => isWorking(one) && Date.parse(one.Created) >= since);
  }
}

/** Without room on the disk Buildah cannot write down that a container is its own: only the name tells it then. */
const isWorking = ({ Command, Names }: Container): boolean =>
  Command?.[0] === 'buildah' ||
  (Command?.[0] === 'storage' && (Names ?? []).some((name) => name.includes('working-container')));

/** Listing fails as a whole when one of them is removed meanwhile (Podman 4.3). */
const VANISHED = 'vanished';

function ignoreVanished(error: unknown): typeof VANISHED {
  if (error instanceof PodmanError && /container not known/.test(error.message)) return VANISHED;
  throw error;
}
