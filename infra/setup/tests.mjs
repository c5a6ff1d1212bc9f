// @ts-check
/** `npm test`: jest, with a report that `npm run rows` reads. */
import { mkdirSync, rmSync } from 'node:fs';
import { testTuning } from '../runtime-tuning/tuning.mjs';
import { CACHE, JEST_REPORT } from './places.mjs';
import { runProgram } from './program.mjs';

/**
 * @param {readonly string[]} args - handed to jest
 * @param {NodeJS.ProcessEnv} env
 */
export async function runTests(args, env) {
  mkdirSync(CACHE, { recursive: true });
  // A run that is interrupted has no report, rather than the one of before.
  rmSync(JEST_REPORT, { force: true });
  const node = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', ...testTuning(env)];
  const report = ['--json', `--outputFile=${JEST_REPORT}`];
  return runProgram('node', [...node, 'node_modules/jest/bin/jest.js', ...report, ...args], env);
}
