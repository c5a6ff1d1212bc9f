// @ts-check
/** `npm test`: jest, with a report that `npm run rows` reads. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { testTuning } from '../runtime-tuning/tuning.mjs';
import { clusterTests } from './cluster-tests.mjs';
import { buildInBackground, isControlPlaneBuilt } from './control-plane.mjs';
import { readJson } from './json.mjs';
import { CACHE, JEST_REPORT, ROOT } from './places.mjs';
import { runProgram } from './program.mjs';
import { filesToTryAgain, merged, onlyThen } from './second-try.mjs';

/** @typedef {import('./second-try.mjs').Report} Report */

/** Gives the few files that failed a second try ({@link filesToTryAgain}); CI asks for it. */
const SECOND_TRY = '--second-try';
/** A whole run builds the Kubernetes of the tests where it is not there yet, which takes minutes. */
const KUBERNETES = '--kubernetes';

/**
 * @param {readonly string[]} args - handed to jest, except our own
 * @param {NodeJS.ProcessEnv} env
 */
export async function runTests(args, env) {
  mkdirSync(CACHE, { recursive: true });
  const named = args.filter((arg) => arg !== SECOND_TRY && arg !== KUBERNETES);
  const isWhole = named.every((arg) => arg.startsWith('-'));
  const leftOut = isWhole && !args.includes(KUBERNETES) && !isControlPlaneBuilt() ? clusterTests(ROOT) : [];
  if (leftOut.length > 0) console.log(leftOutLine(leftOut));
  const stopBuilding = isWhole && leftOut.length === 0 ? buildInBackground() : () => {};
  try {
    return await withSecondTry([...named, ...leavingOut(leftOut)], args.includes(SECOND_TRY), env);
  } finally {
    stopBuilding();
  }
}

/** @param {readonly string[]} files */
const leftOutLine = (files) =>
  `Left out: ${files.length} test files that need the Kubernetes of the tests, which is not built here. It takes minutes, once: npm test -- ${KUBERNETES}`;

/**
 * @param {readonly string[]} files
 * @returns {string[]} arguments of jest
 */
const leavingOut = (files) =>
  files.length === 0
    ? []
    : [`--testPathIgnorePatterns=/(${files.map((file) => file.replaceAll('.', '[.]')).join('|')})$`];

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
