import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { workflowBundle as bundle } from '../../workers/workflow-bundle.ts';

const FOLDER = fileURLToPath(new URL('../../.cache/workflow-bundles', import.meta.url));
const LOCK = join(FOLDER, 'lock');
/** Bundling takes five seconds on a quiet machine. */
const BUNDLE_MS = 120_000;
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
  while (!take()) await delay(50);
  try {
    forgetOldBundles();
    return await work();
  } finally {
    rmSync(LOCK, { recursive: true, force: true });
  }
}

/** `mkdir` is atomic. A lock that is older than bundling may take was left by a killed process. */
function take(): boolean {
  try {
    mkdirSync(LOCK);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (ageMs(LOCK) > BUNDLE_MS) rmSync(LOCK, { recursive: true, force: true });
    return false;
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
