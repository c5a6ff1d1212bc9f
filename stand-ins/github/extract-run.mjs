/**
 * Makes workflow-run.json: what GitHub sent once when a CI workflow had ended, from @octokit/webhooks-examples.
 *
 *   node stand-ins/github/extract-run.mjs
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const file = createRequire(import.meta.url).resolve('@octokit/webhooks-examples');
const events = JSON.parse(readFileSync(file, 'utf8'));
const { workflow, workflow_run } = events.find(({ name }) => name === 'workflow_run').examples[0];
writeFileSync(new URL('workflow-run.json', import.meta.url), `${JSON.stringify({ workflow, workflow_run })}\n`);
