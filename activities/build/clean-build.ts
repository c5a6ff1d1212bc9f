/** Leaves nothing of a build on its host. */
import { rm } from 'node:fs/promises';
import { failure } from '../../contracts/core/failures.ts';
import type { PodmanClient } from '../podman/client.ts';
import { removeFolder, type BuildFolder } from './folder.ts';
import { localName } from './image.ts';
import type { BuildNetworks } from './isolation/build-networks.ts';
import { removeStaleNetworks } from './isolation/stale-networks.ts';
import { removeLeftovers } from './leftovers.ts';
import { endProcesses, markOf } from './processes.ts';

/** podman-rmi(1), "Exit Status": 1 no such image; 2 a container was started from it, so it stays until that is gone. */
const IN_USE = 2;

interface Removal {
  readonly ExitCode: number;
  readonly Errors: readonly string[] | null;
}

interface CleanDeps {
  readonly podman: PodmanClient;
  readonly networks: BuildNetworks;
  readonly workDir: string;
  readonly signal: AbortSignal;
}

/**
 * See `BuildActivities.cleanBuild`. The folder goes last, because it is the build's slot. When the engine is away the
 * files go nevertheless, and the rest is tried again.
 */
export async function cleanBuild(buildId: string, folder: BuildFolder, deps: CleanDeps): Promise<void> {
  await endProcesses(markOf(folder.path));
  for (const path of [folder.source, folder.git, folder.generated]) {
    await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
  await deps.networks.remove(buildId);
  await removeImage(deps.podman, localName(buildId), deps.signal);
  await removeLeftovers(folder, deps);
  await removeFolder(folder);
  // Leftovers of other builds: a failure there is none of this cleaning.
  await removeStaleNetworks(deps.podman).catch(() => undefined);
}

/**
 * Takes the build's own name off the image. The engine removes the image when it has no other name, as it has when it
 * runs here, and keeps the layers below it for the service's next build. The host's own upkeep removes layers that have
 * long been unused.
 *
 * @throws `EngineUnavailable` (retryable)
 */
async function removeImage(podman: PodmanClient, name: string, signal: AbortSignal): Promise<void> {
  const query = { images: name, noprune: true };
  const { ExitCode, Errors } = await podman.json<Removal>('DELETE', '/images/remove', { query, signal });
  if (ExitCode <= IN_USE) return;
  throw failure('EngineUnavailable', `Podman could not remove ${name}: ${Errors?.join('; ') ?? 'it gave no reason'}.`);
}
