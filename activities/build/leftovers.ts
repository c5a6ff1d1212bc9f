/** What a build that was cut off leaves in the engine: working containers, and images that never got a name. */
import { setTimeout as sleep } from 'node:timers/promises';
import { PodmanError, type PodmanClient } from '../podman/client.ts';
import type { BuildFolder } from './folder.ts';
import { ignore, LABEL } from './image.ts';
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
 * Waits until the engine has cleaned up after this build, then removes what it did not: an engine that was killed does
 * not come back to it.
 *
 * Working containers carry no label. While another build is under way on this host nobody can tell whose they are, so
 * they stay. An image that a container or another image needs stays too.
 */
export async function removeLeftovers(buildId: string, folder: BuildFolder, deps: CleanDeps): Promise<void> {
  const { podman, workDir, signal } = deps;
  const since = await buildingSince(folder);
  const containers = async () =>
    since === undefined || (await othersAreBuilding(workDir, folder)) ? [] : workingContainers(podman, since, signal);

  const deadline = Date.now() + SETTLE_MS;
  let left = await containers();
  let inUse = await removeNameless(podman, buildId, signal);
  while (left.length + inUse > 0 && Date.now() < deadline) {
    await sleep(LOOK_MS, undefined, { signal });
    left = await containers();
    inUse = await removeNameless(podman, buildId, signal);
  }
  for (const { Id } of left) {
    await podman
      .json('DELETE', `/containers/${Id}`, { query: { force: true }, signal })
      .catch((error: unknown) => ignore(error, 404));
  }
  await removeNameless(podman, buildId, signal);
}

interface Container {
  readonly Id: string;
  readonly Created: string;
  readonly Command: readonly string[] | null;
}

/** Buildah's own, which Podman calls external: they are no containers that anybody could have started. */
async function workingContainers(
  podman: PodmanClient,
  since: number,
  signal: AbortSignal,
): Promise<readonly Container[]> {
  const query = { all: true, external: true };
  const all = await podman.json<readonly Container[] | null>('GET', '/containers/json', { query, signal });
  return (all ?? []).filter(({ Command, Created }) => Command?.[0] === 'buildah' && Date.parse(Created) >= since);
}

/** @returns how many are left because something needs them */
async function removeNameless(podman: PodmanClient, buildId: string, signal: AbortSignal): Promise<number> {
  const query = { filters: JSON.stringify({ label: [`${LABEL.build}=${buildId}`], dangling: ['true'] }) };
  const images = await podman.json<readonly { readonly Id: string }[] | null>('GET', '/images/json', { query, signal });
  let inUse = 0;
  for (const { Id } of images ?? []) {
    await podman.json('DELETE', `/images/${Id}`, { signal }).catch((error: unknown) => {
      if (error instanceof PodmanError && error.status === 409) inUse += 1;
      else ignore(error, 404);
    });
  }
  return inUse;
}
