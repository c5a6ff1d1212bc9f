/** `node bundle-workflows.ts <file>`: writes the bundle of all workflows to the file. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('Say where to write the bundle: node bundle-workflows.ts <file>.');
const { code } = await bundleWorkflowCode({
  workflowsPath: fileURLToPath(new URL('../../workflows/index.ts', import.meta.url)),
  logger: new DefaultLogger('WARN'),
});
writeFileSync(file, code);
