/** Histories of today on the workflows of the last release: README.md says what for. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, Worker, bundleWorkflowCode } from '@temporalio/worker';
import { readHistory, servedTypes, typeOf } from './history.ts';

const HISTORIES = 'test/replay/histories';
const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));

export interface OnLastRelease {
  /** The tag. */
  readonly release: string;
  readonly replayed: readonly string[];
  /** File name → why the last release could not go on with it. */
  readonly failed: Readonly<Record<string, Error>>;
}

/**
 * Replays each history that is not in the last release as it is now, on that release's own workflows and today's packages.
 * A history of a kind of workflow that the release does not have is left out.
 *
 * @param repository - the folder of a git checkout
 * @param folder - an empty one, for that release's code
 * @returns `null` when HEAD has no tag `v*` behind it
 */
export async function replayOnLastRelease(repository: string, folder: string): Promise<OnLastRelease | null> {
  const release = lastRelease(repository);
  if (release === null) return null;
  const index = unpack(repository, release, folder);
  const types = servedTypes(readFileSync(index, 'utf8'));
  const known = changedSince(repository, release)
    .map((file) => ({ name: basename(file), ...readHistory(join(repository, file)) }))
    .filter((one) => types.includes(typeOf(one)));
  const failed: Record<string, Error> = {};
  if (known.length > 0) {
    const interceptors = join(dirname(index), 'interceptors.ts');
    const workflowBundle = await bundleWorkflowCode({
      workflowsPath: index,
      workflowInterceptorModules: existsSync(interceptors) ? [interceptors] : [],
      logger: new DefaultLogger('ERROR'),
    });
    for (const { name, workflowId, history } of known) {
      await Worker.runReplayHistory({ workflowBundle }, history, workflowId).catch((error: unknown) => {
        if (!(error instanceof Error)) throw error;
        failed[name] = error;
      });
    }
  }
  return { release, replayed: known.map(({ name }) => name), failed };
}

/** The newest tag `v*` behind HEAD; `null` without one, and where there is no git repository. */
export function lastRelease(repository: string): string | null {
  try {
    return git(repository, ['describe', '--tags', '--abbrev=0', '--match', 'v*']).trim();
  } catch {
    return null;
  }
}

/** Those that the release does not have, or has otherwise. */
function changedSince(repository: string, release: string): readonly string[] {
  const files = git(repository, ['diff', '--name-only', '--diff-filter=d', release, '--', HISTORIES]);
  return files.split('\n').filter((file) => file.endsWith('.json'));
}

/** @returns the path of the release's list of workflows */
function unpack(repository: string, release: string, folder: string): string {
  const rooms = git(repository, ['ls-tree', '--name-only', release, 'workflows', 'contracts']).trim().split('\n');
  const archive = join(folder, 'release.tar');
  git(repository, ['archive', `--output=${archive}`, release, 'package.json', ...rooms]);
  execFileSync('tar', ['-xf', archive, '-C', folder]);
  symlinkSync(MODULES, join(folder, 'node_modules'));
  return join(folder, 'workflows', 'index.ts');
}

const git = (repository: string, args: readonly string[]): string =>
  execFileSync('git', ['-C', repository, ...args], { encoding: 'utf8', stdio: 'pipe' });
