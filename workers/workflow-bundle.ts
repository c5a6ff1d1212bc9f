/** The workflows as one bundle, made once per content: making it takes seconds and hundreds of megabytes. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker as Thread, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Modules by absolute path, and the module that each is replaced by in a bundle. For tests. */
type Replaced = Readonly<Record<string, string>>;

/**
 * @param folder - where bundles are kept; created when it is not there.
 * @returns what `Worker.create` takes as `workflowBundle`
 */
export async function workflowBundle(folder: string, replaced: Replaced = {}): Promise<{ readonly codePath: string }> {
  const codePath = join(folder, `${await contentHash(replaced)}.js`);
  const exists = await stat(codePath).then(
    () => true,
    () => false,
  );
  if (!exists) {
    await mkdir(folder, { recursive: true });
    // Renamed into place, so that a bundle is whole or not there, whoever else makes it at the same time.
    const unfinished = `${codePath}.${process.pid}`;
    await writeFile(unfinished, await bundleApart(replaced));
    await rename(unfinished, codePath);
  }
  return { codePath };
}

/** In a thread of its own, whose memory goes with it. */
function bundleApart(replaced: Replaced): Promise<string> {
  return new Promise((resolve, reject) => {
    const thread = new Thread(new URL(import.meta.url), { workerData: replaced });
    thread.once('message', (code: string) => {
      resolve(code);
      void thread.terminate();
    });
    thread.once('error', reject);
  });
}

if (!isMainThread && parentPort) {
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(ROOT, 'workflows', 'index.ts'),
    logger: new DefaultLogger('WARN'),
    webpackConfigHook: (config) => {
      const { alias = {}, ...resolve } = config.resolve ?? {};
      if (Array.isArray(alias)) throw new Error('The bundler lists its aliases otherwise than it did.');
      return { ...config, resolve: { ...resolve, alias: { ...alias, ...(workerData as Replaced) } } };
    },
  });
  parentPort.postMessage(code);
}

/** Covers everything that can end up in the bundle: our two sandboxed rooms, what replaces, and the locked packages. */
async function contentHash(replaced: Replaced): Promise<string> {
  const sources = await Promise.all(
    ['workflows', 'contracts'].map(async (room) => {
      const names = await readdir(join(ROOT, room), { recursive: true });
      return names.filter((name) => name.endsWith('.ts')).map((name) => join(ROOT, room, name));
    }),
  );
  const hash = createHash('sha256');
  for (const file of [...sources.flat().sort(), ...Object.values(replaced), join(ROOT, 'package-lock.json')]) {
    hash
      .update(file)
      .update('\0')
      .update(await readFile(file))
      .update('\0');
  }
  return hash.digest('hex').slice(0, 24);
}
