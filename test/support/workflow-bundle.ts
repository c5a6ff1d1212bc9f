/** The workflows as one bundle: made once per content, shared by all workers of jest and by later runs. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = join(ROOT, '.cache', 'workflow-bundles');
const BUNDLER = fileURLToPath(new URL('bundle-workflows.ts', import.meta.url));
/** Five seconds on a quiet machine. */
const BUNDLE_MS = 120_000;
const OLD_MS = 24 * 60 * 60 * 1_000;

/**
 * What `Worker.create` takes as `workflowBundle`. Bundling anew for every test file would take seconds each time.
 *
 * @throws Error with the bundler's words when the workflows do not bundle.
 */
export async function workflowBundle(): Promise<{ codePath: string }> {
  const codePath = join(FOLDER, `${contentHash()}.js`);
  mkdirSync(FOLDER, { recursive: true });
  if (!existsSync(codePath)) await underLock(`${codePath}.lock`, () => bundle(codePath));
  return { codePath };
}

async function bundle(codePath: string): Promise<void> {
  if (existsSync(codePath)) return;
  const unfinished = `${codePath}.${process.pid}`;
  // In a process of its own: inside jest every module of webpack would pass through jest's loader.
  await promisify(execFile)(process.execPath, [BUNDLER, unfinished], { timeout: BUNDLE_MS });
  renameSync(unfinished, codePath);
  forgetOldBundles();
}

/** `mkdir` is atomic. A lock older than bundling may take was left by a killed process. */
async function underLock(lock: string, work: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (ageMs(lock) > BUNDLE_MS) rmSync(lock, { recursive: true, force: true });
      await delay(50);
    }
  }
  try {
    await work();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

/** Everything that can change the bundle: the sources that it may contain, the libraries, the bundling itself. */
function contentHash(): string {
  const hash = createHash('sha256');
  const sources = ['workflows', 'contracts'].flatMap((room) =>
    readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .sort()
      .map((name) => join(ROOT, room, name)),
  );
  for (const file of [...sources, join(ROOT, 'package-lock.json'), BUNDLER]) {
    hash.update(file).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex').slice(0, 24);
}

function forgetOldBundles(): void {
  for (const name of readdirSync(FOLDER)) {
    const path = join(FOLDER, name);
    if (ageMs(path) > OLD_MS) rmSync(path, { recursive: true, force: true });
  }
}

function ageMs(path: string): number {
  const modified = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return modified === undefined ? 0 : Date.now() - modified;
}
