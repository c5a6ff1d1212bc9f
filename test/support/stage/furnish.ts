import { cpSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { workflowBundle } from '../workflow-bundle.ts';

/**
 * Puts into a data folder what Landfall's first start leaves there: the bundled workflows. Making them costs seconds of
 * processor time a stage; that a start makes them itself is shown by test/cli/up and the demo.
 */
export async function furnish(dataDir: string): Promise<void> {
  const cache = join(dataDir, 'cache');
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  const { codePath } = await workflowBundle();
  cpSync(codePath, join(cache, basename(codePath)));
}
