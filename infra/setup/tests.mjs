// @ts-check
/** `npm test`: jest, with a report that `npm run rows` reads. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { testTuning } from '../runtime-tuning/tuning.mjs';
import { buildInBackground } from './control-plane.mjs';
import { readJson } from './json.mjs';
import { CACHE, JEST_REPORT } from './places.mjs';
import { runProgram } from './program.mjs';
import { filesToTryAgain, merged, onlyThen } from './second-try.mjs';

/** @typedef {import('./second-try.mjs').Report} Report */

/** Gives the few files that failed a second try ({@link filesToTryAgain}); CI asks for it. */
const SECOND_TRY = '--second-try';

/**
 * @param {readonly string[]} args - handed to jest, except `--second-try`
 * @param {NodeJS.ProcessEnv} env
 */
export async function runTests(args, env) {
  mkdirSync(CACHE, { recursive: true });
  const forJest = args.filter((arg) => arg !== SECOND_TRY);
  const stopBuilding = forJest.every((arg) => arg.startsWith('-')) ? buildInBackground() : () => {};
  try {
    return await withSecondTry(forJest, args.includes(SECOND_TRY), env);
  } finally {
    stopBuilding();
  }
}

/**
 * @param {readonly string[]} forJest
 * @param {boolean} again - the few files that failed are tried again
 * @param {NodeJS.ProcessEnv} env
 */
async function withSecondTry(forJest, again, env) {
  const code = await jest(forJest, env);
  if (code === 0 || !again || !existsSync(JEST_REPORT)) return code;

  const first = readReport();
  const files = filesToTryAgain(first);
  if (files.length === 0) return code;
  console.log(`\n== second try of ${files.length} test files`);
  const second = await jest(['--maxWorkers=1', '--runTestsByPath', ...files], env);
  if (!existsSync(JEST_REPORT)) return code;
  const later = readReport();
  writeFileSync(JEST_REPORT, JSON.stringify(merged(first, later)));
  for (const line of onlyThen(first, later)) console.log(`Passed only at the second try: ${line}`);
  return second;
}

const readReport = () => /** @type {Report} */ (readJson(JEST_REPORT));

/**
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
async function jest(args, env) {
  // A run that is interrupted has no report, rather than the one of before.
  rmSync(JEST_REPORT, { force: true });
  const node = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', ...testTuning(env)];
  const report = ['--json', `--outputFile=${JEST_REPORT}`];
  return runProgram('node', [...node, 'node_modules/jest/bin/jest.js', ...report, ...args], env);
}
