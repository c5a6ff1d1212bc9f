/** From a commit's files to an image on this host. */
import { failure } from '../../contracts/failures.ts';
import type { BuildStep, BuiltImage } from '../../contracts/build.ts';
import { checkPath } from '../source/check-input.ts';
import { listFiles } from '../source/list-files.ts';
import { rootFolder } from '../source/tree.ts';
import type { StepLog } from '../logs/step-log.ts';
import type { PodmanClient } from '../podman/client.ts';
import type { Builder } from './builders/builder.port.ts';
import { chooseRecipe } from './choose-recipe.ts';
import { listContext } from './context.ts';
import { beginContext } from './earlier-builds.ts';
import { contextTime } from './file-time.ts';
import { exists, type BuildFolder } from './folder.ts';
import { findImage, localName } from './image.ts';
import { builtBy, noteBuiltBy, whileBuilding } from './marker.ts';
import { markOf } from './processes.ts';
import { runBuild } from './run-build.ts';
import { usesCacheMounts } from './uses-cache-mounts.ts';

interface BuildImageDeps {
  readonly podman: PodmanClient;
  /** The host's own folder. */
  readonly workDir: string;
  readonly builders: readonly Builder[];
  readonly log: StepLog;
  readonly signal: AbortSignal;
}

/** See `BuildActivities.buildImage`. Built already is done: an earlier attempt's answer may have been lost. */
export async function buildImage(step: BuildStep, folder: BuildFolder, deps: BuildImageDeps): Promise<BuiltImage> {
  const { settings, buildId } = step.build;
  const before = await builtBy(folder);
  if (before && (await findImage(deps.podman, localName(buildId), deps.signal))) return { builder: before };

  const limit = AbortSignal.timeout(settings.timeoutMs);
  try {
    return await build(step, folder, { ...deps, signal: AbortSignal.any([deps.signal, limit]) });
  } catch (error) {
    if (!limit.aborted || deps.signal.aborted) throw error;
    throw failure(
      'BuildTimedOut',
      `The build was stopped after ${Math.round(settings.timeoutMs / 1_000)} s. ` +
        'Make it quicker, or raise build.timeout in landfall.yaml.',
    );
  }
}

async function build(step: BuildStep, folder: BuildFolder, deps: BuildImageDeps): Promise<BuiltImage> {
  const { podman, workDir, builders, log, signal } = deps;
  const { settings, buildId, key, origin, commit } = step.build;
  const onLine = (line: string) => void log.write(`${line}\n`);
  const source = { folder: await sourceRoot(step, folder), generated: folder.generated, settings };
  const { builder, recipe } = await chooseRecipe(source, { builders, host: step.host, onLine, signal });
  const entries = await listContext(recipe.context, settings.contextLimitBytes);
  await log.say(`Building with ${builder}: ${recipe.dockerfile}, ${entries.length} files and folders`);

  const files = await listFiles({ git: folder.git, commit, folder: settings.root, url: origin.cloneUrl, signal });
  const earlier = beginContext(workDir, key, files, contextTime());
  const newLayers = earlier.wentBack && (await usesCacheMounts(recipe));
  if (newLayers) await log.say(NEW_LAYERS);

  const name = localName(buildId);
  const { timeOf } = earlier;
  const args = { ...recipe.args, ...settings.args };
  const request = { recipe, entries, timeOf, name, args, mark: markOf(folder.path), newLayers };
  await whileBuilding(folder, () => runBuild(podman, request, log, signal));
  if ((await findImage(podman, name, signal)) === undefined) {
    throw failure('EngineUnavailable', `Podman on ${step.host} ended the build without an image and without an error.`);
  }
  earlier.end();
  await noteBuiltBy(folder, builder);
  return { builder };
}

const NEW_LAYERS =
  'Building without the layer cache: a file has a content again that an earlier build had, and the Dockerfile uses cache ' +
  'mounts. A cached layer would bring the file with its old time.';

async function sourceRoot({ build, host }: BuildStep, folder: BuildFolder): Promise<string> {
  const { root } = build.settings;
  checkPath(root);
  if (!(await exists(folder.source))) {
    throw failure(
      'Internal',
      `The source of ${build.buildId} is no longer on ${host}: was its folder removed? Build again.`,
    );
  }
  const path = await rootFolder(folder.source, root);
  if (path === undefined) {
    throw failure(
      'NothingToBuild',
      `The commit has no folder ${JSON.stringify(root)}. Correct "root" in landfall.yaml.`,
    );
  }
  return path;
}
