/** Makes the bundle of the workflows. As a thread, it posts the bundle to the thread that started it. */
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Modules by absolute path, and the module that each is replaced by in a bundle. For tests. */
export type Replaced = Readonly<Record<string, string>>;

/** The workflows as one script that Temporal's sandbox runs; the same sources give the same text. */
export async function bundleWorkflows(replaced: Replaced): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(ROOT, 'workflows', `index${extname(import.meta.url)}`),
    logger: new DefaultLogger('WARN'),
    webpackConfigHook: (config) => {
      const { alias = {}, ...resolve } = config.resolve ?? {};
      if (Array.isArray(alias)) throw new Error('The bundler lists its aliases otherwise than it did.');
      return { ...config, resolve: { ...resolve, alias: { ...alias, ...replaced } } };
    },
  });
  return code;
}

if (!isMainThread && parentPort) parentPort.postMessage(await bundleWorkflows(workerData as Replaced));
