/** Leaves nothing of a build on its host. */
import { rm } from 'node:fs/promises';
import type { PodmanClient } from '../podman/client.ts';
import { removeFolder, type BuildFolder } from './folder.ts';
import { ignore, localName } from './image.ts';
import { removeLeftovers } from './leftovers.ts';

interface CleanDeps {
  readonly podman: PodmanClient;
  readonly workDir: string;
  readonly signal: AbortSignal;
}

/**
 * See `BuildActivities.cleanBuild`. The folder goes last, because it is the build's slot. When the engine is away the
 * files go nevertheless, and the rest is tried again.
 */
export async function cleanBuild(buildId: string, folder: BuildFolder, deps: CleanDeps): Promise<void> {
  for (const path of [folder.source, folder.git, folder.generated]) {
    await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
  await removeImage(deps.podman, localName(buildId), deps.signal);
  await removeLeftovers(buildId, folder, deps);
  await removeFolder(folder);
}

/**
 * Takes the build's own name off the image; the engine removes the image when it has no other, as it has when it runs
 * here. 409: a container was started from it under this very name, so it stays until that is gone.
 */
async function removeImage(podman: PodmanClient, name: string, signal: AbortSignal): Promise<void> {
  await podman
    .json('DELETE', `/images/${encodeURIComponent(name)}`, { signal })
    .catch((error: unknown) => ignore(error, 404, 409));
}
