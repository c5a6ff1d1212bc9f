/** One build by Podman's own builder, over REST: aborting the request ends the build, but not each of its processes. */
import { failure } from '../../contracts/core/failures.ts';
import { firstPart } from '../../contracts/core/text.ts';
import type { StepLog } from '../logs/step-log.ts';
import { PodmanError, type PodmanClient } from '../podman/client.ts';
import type { TreeEntry } from '../source/tree.ts';
import type { Recipe } from './builders/builder.port.ts';
import { enginePullFailure } from './base-pull-failure.ts';
import { packContext } from './context.ts';
import { diskFull, noRoomIn } from './disk-full.ts';
import { adviceAbout } from './engine-words.ts';
import { noteBuildEnded } from './file-time.ts';
import { shieldQuery, type Shield } from './isolation/shield.ts';
import { endProcesses, ulimitOf } from './processes.ts';

export interface EngineBuild {
  readonly recipe: Recipe;
  readonly entries: readonly TreeEntry[];
  /** When a path got its content, in seconds. */
  readonly timeOf: (path: string) => number;
  /** The image's name on this host. */
  readonly name: string;
  readonly args: Readonly<Record<string, string>>;
  /** Identifies its processes: processes.ts. */
  readonly mark: number;
  /** Every step runs, whatever the cache has: earlier-builds.ts. */
  readonly newLayers?: boolean;
  readonly shield: Shield;
  /** Passwords of registries, for images that are copied from. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Keeps HEALTHCHECK, which OCI's own format does not know. */
const DOCKER_FORMAT = 'application/vnd.docker.distribution.manifest.v2+json';

/**
 * The query of `POST /libpod/build` (docs.podman.io, "ImageBuildLibpod").
 *
 * It sets no label of ours: a label would be one more layer to commit (a quarter of a second, measured), and the same
 * content would be another image with every build. The store knows an image's content by its digest.
 */
export function buildQuery({
  recipe,
  name,
  args,
  mark,
  newLayers,
  shield,
}: Omit<EngineBuild, 'entries' | 'timeOf' | 'headers'>) {
  return {
    dockerfile: recipe.dockerfile,
    t: name,
    buildargs: JSON.stringify(args),
    outputformat: DOCKER_FORMAT,
    ...shieldQuery(shield),
    layers: true,
    ...(newLayers && { nocache: true }),
    rm: true,
    forcerm: true,
    ulimits: JSON.stringify([ulimitOf(mark)]),
  } as const;
}

/**
 * Streams what the build says to the log.
 *
 * @throws `BuildFailed` with the last lines, `DiskFull`, `RegistryUnavailable` and `EngineUnavailable` (retryable), the signal's reason
 */
export async function runBuild(
  podman: PodmanClient,
  build: EngineBuild,
  log: StepLog,
  signal: AbortSignal,
): Promise<void> {
  // A worker that was killed may have left some behind.
  await endProcesses(build.mark);
  const body = packContext(build.recipe, build.entries, build.timeOf);
  try {
    for await (const said of podman.lines('POST', '/build', {
      query: buildQuery(build),
      headers: build.headers,
      body,
      signal,
    })) {
      if (typeof said['stream'] === 'string') await log.write(said['stream']);
      if (typeof said['error'] === 'string') throw buildFailure(said['error'], log);
    }
  } catch (error) {
    throw error instanceof PodmanError ? buildFailure(error.message, log) : error;
  } finally {
    body.destroy();
    noteBuildEnded();
    await endProcesses(build.mark);
  }
}

/** Engine messages that the lines before them explain better. */
const NOISE = /^subprocess exited with status|^\s*$/;

function buildFailure(words: string, log: StepLog) {
  const said = words.trim();
  const last = log.tail().filter((line) => !NOISE.test(line));
  const unavailable = enginePullFailure(said);
  if (unavailable) return unavailable;
  const noRoom = noRoomIn([said, ...last]);
  if (noRoom !== undefined) return diskFull(noRoom);
  const advice = adviceAbout(said);
  const lines = [`The build failed: ${firstPart(said, 500)}`, ...(advice === undefined ? [] : [advice]), ...last];
  return failure('BuildFailed', firstPart(lines.join('\n'), 2_000));
}
