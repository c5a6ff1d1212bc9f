import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { waitForLock } from '../../infra/lock.mjs';
import { workflowBundle as bundle } from '../../workers/workflow-bundle.ts';

const FOLDER = fileURLToPath(new URL('../../.cache/workflow-bundles', import.meta.url));
const LOCK = join(FOLDER, 'bundling.lock');
const OLD_MS = 24 * 60 * 60 * 1_000;

let ours: ReturnType<typeof bundle> | undefined;

/**
 * The workflows as `Worker.create` takes them. Bundled once per content, for all workers of jest and later runs.
 *
 * @throws Error with the bundler's words when the workflows do not bundle.
 */
export async function workflowBundle(): Promise<{ readonly codePath: string }> {
  ours ??= underLock(() => bundle(FOLDER));
  return ours;
}

/** The same with other modules in place of some, by absolute path. */
export async function bundleReplacing(
  modules: Readonly<Record<string, string>>,
): Promise<{ readonly codePath: string }> {
  return underLock(() => bundle(FOLDER, modules));
}

/** One process at a time: three that bundle at once need six seconds of two cores and a gigabyte for nothing. */
async function underLock<T>(work: () => Promise<T>): Promise<T> {
  mkdirSync(FOLDER, { recursive: true });
  const lock = await waitForLock(LOCK);
  try {
    forgetOldBundles();
    return await work();
  } finally {
    lock.release();
  }
}

function forgetOldBundles(): void {
  for (const path of readdirSync(FOLDER).map((name) => join(FOLDER, name))) {
    if (ageMs(path) > OLD_MS) rmSync(path, { recursive: true, force: true });
  }
}

function ageMs(path: string): number {
  const modified = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return modified === undefined ? 0 : Date.now() - modified;
}
