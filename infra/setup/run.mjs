#!/usr/bin/env node
// @ts-check
/**
 * `node infra/setup/run.mjs demo|test|check|bench|rows [arguments …]`: installs what the command lacks on this machine,
 * then runs it. Plain JavaScript without dependencies, for Node 20 and newer: it runs before anything is installed.
 */
import process from 'node:process';
import { LockError } from '../lock.mjs';
import { alone } from './alone.mjs';
import { check } from './check.mjs';
import { lookAround } from './facts.mjs';
import { commandEnv, install, SetupError } from './install.mjs';
import { runProgram } from './program.mjs';
import { planFor } from './plan.mjs';
import { printRows } from './rows.mjs';
import { runTests } from './tests.mjs';

/** @import { Command, Plan } from './plan.mjs' */

/** @type {Record<Command, (args: readonly string[], env: NodeJS.ProcessEnv) => Promise<number>>} */
const COMMANDS = {
  demo: (args, env) => runProgram('node', ['cli/main.ts', 'demo', ...args], env),
  test: runTests,
  check: (_args, env) => check(env),
  bench: (args, env) => runProgram('node', ['test/bench/main.ts', ...args], env),
  rows: () => printRows(),
};

/**
 * @param {string | undefined} name
 * @returns {name is Command}
 */
function isCommand(name) {
  return name !== undefined && Object.hasOwn(COMMANDS, name);
}

/** @param {Command} command */
async function setUp(command) {
  const wanted = planFor(command, lookAround());
  for (const line of wanted.advice) console.error(line);
  if (isNothing(wanted)) return;
  try {
    await alone(() => {
      // Plan again: another setup may have installed it while we waited.
      const plan = planFor(command, lookAround());
      refuseTheImpossible(command, plan.impossible);
      install(plan);
      refuseTheImpossible(command, planFor(command, lookAround()).impossible);
    });
  } catch (error) {
    if (error instanceof LockError) throw new SetupError(error.message);
    throw isOfTheSystem(error)
      ? new SetupError(`Setting up for "npm run ${command}" failed:\n${error.message}\n${KEPT}`)
      : error;
  }
}

const KEPT =
  'Setup installs into .toolchain and node_modules of this checkout: make them writable, with room on the disk.';

/**
 * Files and folders, that is: programs are spoken for by `install`.
 *
 * @param {unknown} error
 * @returns {error is NodeJS.ErrnoException}
 */
function isOfTheSystem(error) {
  return error instanceof Error && 'syscall' in error;
}

/** @param {Plan} plan */
function isNothing({ debian, wheels, modules, account, impossible }) {
  return debian.length === 0 && wheels.length === 0 && !modules && !account && impossible.length === 0;
}

/**
 * @param {Command} command
 * @param {readonly string[]} impossible
 */
function refuseTheImpossible(command, impossible) {
  if (impossible.length === 0) return;
  throw new SetupError(
    [
      `"npm run ${command}" needs the following, which this machine lacks and setup cannot install:`,
      ...impossible.map((line) => `  - ${line}`),
      'On Debian and Ubuntu, root or sudo without a password is enough: everything is then installed for you.',
    ].join('\n'),
  );
}

const [command, ...args] = process.argv.slice(2);
if (!isCommand(command)) {
  console.error(`Usage: node infra/setup/run.mjs ${Object.keys(COMMANDS).join('|')} [arguments …]`);
  process.exitCode = 2;
} else {
  try {
    if (command !== 'rows') await setUp(command);
    process.exitCode = await COMMANDS[command](args, command === 'rows' ? process.env : commandEnv());
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
