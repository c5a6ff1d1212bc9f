/** From a commit's files to an image on this host. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatDuration } from '../../contracts/core/duration.ts';
import { failure } from '../../contracts/core/failures.ts';
import type { BuildStep, BuiltImage } from '../../contracts/deployment/build.ts';
import { checkPath } from '../source/check-input.ts';
import { listFiles } from '../source/list-files.ts';
import { rootFolder } from '../source/tree.ts';
import type { StepLog } from '../logs/step-log.ts';
import type { PodmanClient } from '../podman/client.ts';
import type { createEngineInfo } from '../podman/info.ts';
import { buildHeaders } from '../registry/engine-headers.ts';
import { NO_LOGINS } from '../registry/logins.ts';
import type { RegistrySettings } from '../registry/client.ts';
import { baseImages } from './base-images.ts';
import type { Builder, Recipe } from './builders/builder.port.ts';
import { chooseRecipe } from './choose-recipe.ts';
import { listContext } from './context.ts';
import { beginContext, usesCacheMounts } from './earlier-builds.ts';
import { checkHeredocs } from './engine-words.ts';
import { contextTime } from './file-time.ts';
import { checkRecipe, withDockerfile } from './dockerfile/check-recipe.ts';
import { withoutHeredocs } from './dockerfile/heredocs.ts';
import { pinBaseImages } from './dockerfile/inherited.ts';
import { exists, type BuildFolder } from './folder.ts';
import { findImage, localName } from './image.ts';
import type { BuildNetworks } from './isolation/build-networks.ts';
import type { Isolation } from './isolation/prove.ts';
import { builtBefore, noteBuilt, whileBuilding } from './marker.ts';
import { markOf } from './processes.ts';
import { pullBases } from './pull-bases.ts';
import { runBuild } from './run-build.ts';

interface BuildImageDeps {
  readonly podman: PodmanClient;
  readonly info: ReturnType<typeof createEngineInfo>;
  readonly registry: RegistrySettings;
  /** The host's own folder. */
  readonly workDir: string;
  readonly builders: readonly Builder[];
  readonly isolation: Isolation;
  readonly networks: BuildNetworks;
  readonly log: StepLog;
  readonly signal: AbortSignal;
}

/** See `BuildActivities.buildImage`. Built already is done: an earlier attempt's answer may have been lost. */
export async function buildImage(step: BuildStep, folder: BuildFolder, deps: BuildImageDeps): Promise<BuiltImage> {
  const { settings, buildId } = step.build;
  const before = await builtBefore(folder);
  if (before && (await findImage(deps.podman, localName(buildId), deps.signal))) return before;

  const limit = AbortSignal.timeout(settings.timeoutMs);
  try {
    return await build(step, folder, { ...deps, signal: AbortSignal.any([deps.signal, limit]) });
  } catch (error) {
    if (!limit.aborted || deps.signal.aborted) throw error;
    throw failure(
      'BuildTimedOut',
      `The build was stopped after ${formatDuration(settings.timeoutMs)}. ` +
        'Make it quicker, or raise build.timeout in landfall.yaml.',
    );
  }
}

async function build(step: BuildStep, folder: BuildFolder, deps: BuildImageDeps): Promise<BuiltImage> {
  const { podman, registry, workDir, builders, isolation, networks, log, signal } = deps;
  const { settings, buildId, key, origin, commit } = step.build;
  const onLine = (line: string) => void log.write(`${line}\n`);
  const source = { folder: await sourceRoot(step, folder), generated: folder.generated, settings };
  const { builder, recipe: chosen } = await chooseRecipe(source, { builders, host: step.host, onLine, signal });
  const entries = await listContext(chosen.context, settings.contextLimitBytes);
  await log.say(`Building with ${builder}: ${chosen.dockerfile}, ${entries.length} files and folders`);
  const heredocs = await checkHeredocs(await dockerfileText(chosen), podman, signal);
  const check = { owner: `${key.project}/${key.service}`, hostNetwork: isolation.hostNetwork, heredocs };
  const checked = await checkRecipe(chosen, check);

  const dockerfile = await dockerfileText(checked);
  const args = { ...chosen.args, ...settings.args };
  const named = baseImages(heredocs ? withoutHeredocs(dockerfile) : dockerfile, args);
  const bases = await pullBases(named, settings.pull ?? 'newer', deps);
  const pinned = await pinBaseImages(dockerfile, args, check, { ...deps, onLine });
  const recipe = pinned === dockerfile ? checked : withDockerfile(checked, pinned);

  const files = await listFiles({ git: folder.git, commit, folder: settings.root, url: origin.cloneUrl, signal });
  const earlier = beginContext(workDir, key, files, contextTime());
  const newLayers = earlier.wentBack && usesCacheMounts(dockerfile);
  if (newLayers) await log.say(NEW_LAYERS);

  const name = localName(buildId);
  const { timeOf } = earlier;
  const headers = buildHeaders(registry.logins ?? NO_LOGINS);
  const request = { recipe, entries, timeOf, name, args, mark: markOf(folder.path), newLayers, headers };
  await whileBuilding(folder, async () => {
    const { shield, holds, remark } = await isolation.prove(signal);
    if (remark !== undefined) await log.say(remark);
    const held = holds && (await networks.take({ buildId, timeoutMs: settings.timeoutMs }, holds, signal));
    await runBuild(podman, { ...request, shield: { ...shield, ...held } }, log, signal);
  });
  if ((await findImage(podman, name, signal)) === undefined) {
    throw failure('EngineUnavailable', `Podman on ${step.host} ended the build without an image and without an error.`);
  }
  earlier.end();
  const built = { builder, ...(bases.length > 0 && { bases }) };
  await noteBuilt(folder, built);
  return built;
}

async function dockerfileText({ context, dockerfile, added }: Recipe): Promise<string> {
  const generated = added.find(({ path }) => path === dockerfile);
  return generated?.text ?? readFile(join(context, dockerfile), 'utf8');
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
