/** The workflows as one bundle, made once per content: making it takes seconds and hundreds of megabytes. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker as Thread } from 'node:worker_threads';
import type { Replaced } from './bundle-workflows.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** A package brings it along (infra/package/build.mjs). */
const BROUGHT = join(ROOT, 'workflows.bundle.js');
const BUNDLER = fileURLToPath(new URL('./bundle-workflows.ts', import.meta.url));

/**
 * @param folder - keeps the bundles; created when it is not there.
 * @returns the value of `workflowBundle` for `Worker.create`
 */
export async function workflowBundle(folder: string, replaced: Replaced = {}): Promise<{ readonly codePath: string }> {
  if (await exists(BROUGHT)) return { codePath: BROUGHT };
  const codePath = join(folder, `${await contentHash(replaced)}.js`);
  if (!(await exists(codePath))) {
    await mkdir(folder, { recursive: true });
    // Renamed into place, so that a bundle is whole or not there, even when another process makes it at the same time.
    const unfinished = `${codePath}.${process.pid}`;
    await writeFile(unfinished, await bundleApart(replaced));
    await rename(unfinished, codePath);
  }
  return { codePath };
}

/** In a thread of its own, whose memory goes with it. */
function bundleApart(replaced: Replaced): Promise<string> {
  return new Promise((resolve, reject) => {
    const thread = new Thread(BUNDLER, { workerData: replaced });
    thread.once('message', (code: string) => {
      resolve(code);
      void thread.terminate();
    });
    thread.once('error', reject);
  });
}

/** Covers everything that can end up in the bundle: our two sandboxed rooms, what replaces, what bundles, and the locked packages. */
async function contentHash(replaced: Replaced): Promise<string> {
  const sources = await Promise.all(
    ['workflows', 'contracts'].map(async (room) => {
      const names = await readdir(join(ROOT, room), { recursive: true });
      return names.filter((name) => name.endsWith('.ts')).map((name) => join(ROOT, room, name));
    }),
  );
  const hash = createHash('sha256');
  for (const file of [...sources.flat().sort(), ...Object.values(replaced), BUNDLER, join(ROOT, 'package-lock.json')]) {
    hash
      .update(file)
      .update('\0')
      .update(await readFile(file))
      .update('\0');
  }
  return hash.digest('hex').slice(0, 24);
}

const exists = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  );
