/** Makes the bundle of the workflows. As a thread, it posts the bundle to the thread that started it. */
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Modules by absolute path, and the module that each is replaced by in a bundle. For tests. */
export type Replaced = Readonly<Record<string, string>>;

/** Beyond Latin-1 (ISO 8859-1), whose characters V8 keeps in one byte. */
const WIDE = /[^\0-\xff]/g;
const ESCAPE_DIGITS = 4;
/** Node puts one in place of a type's wide character when it strips the types (amaro keeps the width). No text of ours has one. */
const EN_SPACE = '\u2002';

/**
 * The workflows as one script that Temporal's sandbox runs; the same sources give the same text. The sandbox keeps the text for as long as it
 * runs, so it holds no copy of the sources (nothing of ours shows them), and no character for whose sake V8 would keep two bytes of each.
 */
export async function bundleWorkflows(replaced: Replaced): Promise<string> {
  const inWorkflows = (name: string) => join(ROOT, 'workflows', `${name}${extname(import.meta.url)}`);
  const { code } = await bundleWorkflowCode({
    workflowsPath: inWorkflows('index'),
    workflowInterceptorModules: [inWorkflows('interceptors')],
    logger: new DefaultLogger('WARN'),
    webpackConfigHook: (config) => {
      const { alias = {}, ...resolve } = config.resolve ?? {};
      if (Array.isArray(alias)) throw new Error('The bundler lists its aliases otherwise than it did.');
      return {
        ...config,
        devtool: 'inline-nosources-source-map',
        resolve: { ...resolve, alias: { ...alias, ...replaced } },
      };
    },
  });
  // In a comment, a string or a pattern it means the same; none of our names has one.
  return code
    .replaceAll(EN_SPACE, ' ')
    .replaceAll(WIDE, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(ESCAPE_DIGITS, '0')}`);
}

if (!isMainThread && parentPort) parentPort.postMessage(await bundleWorkflows(workerData as Replaced));
