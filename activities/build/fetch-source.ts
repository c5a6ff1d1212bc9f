/** From a commit's id to its files, checked, in the build's folder. */
import type { BuildInput } from '../../contracts/deployment/build.ts';
import type { StepLog } from '../logs/step-log.ts';
import { checkNames, pointerCheck } from '../source/check-complete.ts';
import { checkPath } from '../source/check-input.ts';
import type { PrivateSources } from '../source/addresses.ts';
import type { SourceCredentials } from '../source/credentials.port.ts';
import { fetchCommit } from '../source/fetch-commit.ts';
import { listFiles } from '../source/list-files.ts';
import { rootFolder, walkTree } from '../source/tree.ts';
import type { BuildFolder } from './folder.ts';

interface FetchDeps {
  readonly credentials: SourceCredentials;
  readonly privateSources?: PrivateSources | undefined;
  readonly log: StepLog;
  readonly signal: AbortSignal;
}

/** See `BuildActivities.fetchSource`. */
export async function fetchSource(build: BuildInput, folder: BuildFolder, deps: FetchDeps): Promise<void> {
  const { origin, commit, settings } = build;
  const { credentials, log, signal, privateSources } = deps;
  checkPath(settings.root);
  checkPath(settings.dockerfile);
  await fetchCommit({ origin, commit, folders: folder, credentials, privateSources, signal });

  // Checked before anything reads the files: a reader that follows a link must not leave the folder.
  const root = await rootFolder(folder.source, settings.root);
  const files = root === undefined ? 0 : await checkFiles(root, build, folder, signal);
  await log.say(`Fetched commit ${commit} of ${origin.cloneUrl}: ${files} files in ${settings.root}`);
}

/** @returns the number of files */
async function checkFiles(root: string, build: BuildInput, { git }: BuildFolder, signal: AbortSignal): Promise<number> {
  const { origin, commit, settings } = build;
  checkNames(await listFiles({ git, commit, folder: settings.root, url: origin.cloneUrl, signal }), settings);
  const pointers = pointerCheck(root, settings);
  let files = 0;
  for await (const entry of walkTree(root)) {
    files += entry.type === 'file' ? 1 : 0;
    await pointers.look(entry);
  }
  pointers.end();
  return files;
}
