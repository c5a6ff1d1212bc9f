// @ts-check
/** `npm test`: jest, with a report that `npm run rows` reads. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CACHE, JEST_REPORT, ROOT } from './places.mjs';
import { runProgram } from './program.mjs';

/**
 * A test file lives for seconds. The first as in infra/node-runtime.ts: its database answers some hundred queries. The next
 * two keep V8's helper threads from the two processors that the tests need: measured on two files, collecting and compiling
 * beside them was 19 % of the processor time. The last, because the collector now interrupts: it runs half as often.
 */
const SHORT_LIVED = ['--liftoff-only', '--single-threaded-gc', '--no-opt', '--max-semi-space-size=32'];

/** Landfall's own processes preload the same (infra/node-runtime.ts). */
const PRELOADED = `--import=${pathToFileURL(join(ROOT, 'workers', 'workflow-stacks.ts')).href}`;

/**
 * @param {readonly string[]} args - handed to jest
 * @param {NodeJS.ProcessEnv} env
 */
export async function runTests(args, env) {
  mkdirSync(CACHE, { recursive: true });
  // A run that is interrupted has no report, rather than the one of before.
  rmSync(JEST_REPORT, { force: true });
  const node = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', ...SHORT_LIVED, PRELOADED];
  const report = ['--json', `--outputFile=${JEST_REPORT}`];
  return runProgram('node', [...node, 'node_modules/jest/bin/jest.js', ...report, ...args], env);
}
