// @ts-check
/**
 * The commands of `npm run …`: installs what the command lacks on this machine, then runs it. Plain JavaScript without
 * dependencies, for Node 20 and newer: it runs before anything is installed.
 */
import process from 'node:process';
import { check } from './check.mjs';
import { commandEnv, SetupError } from './install.mjs';
import { runProgram } from './program.mjs';
import { printRows } from './rows.mjs';
import { setUp } from './set-up.mjs';
import { runTests } from './tests.mjs';

/** @import { Command } from './plan.mjs' */

/** @type {Record<Exclude<Command, 'up'>, (args: readonly string[], env: NodeJS.ProcessEnv) => Promise<number>>} */
const COMMANDS = {
  demo: (args, env) => runProgram('node', ['cli/main.ts', 'demo', ...args], env),
  test: runTests,
  check: (_args, env) => check(env),
  bench: (args, env) => runProgram('node', ['test/bench/main.ts', ...args], env),
  bare: (args, env) => runProgram('node', ['test/bare/main.ts', ...args], env),
  package: (args, env) => runProgram('node', ['infra/package/build.mjs', ...args], env),
  image: (args, env) => runProgram('node', ['infra/image/build.mjs', ...args], env),
  format: (_args, env) => runProgram('oxfmt', ['.'], env),
  rows: () => printRows(),
};

/**
 * @param {string | undefined} name
 * @returns {name is Exclude<Command, 'up'>}
 */
function isCommand(name) {
  return name !== undefined && Object.hasOwn(COMMANDS, name);
}

/**
 * @param {readonly string[]} line - the command's name and its arguments
 * @returns {Promise<number>} the exit code
 */
export async function runCommand([command, ...args]) {
  if (!isCommand(command)) {
    console.error(`Usage: node infra/setup/run.mjs ${Object.keys(COMMANDS).join('|')} [arguments …]`);
    return 2;
  }
  try {
    if (command !== 'rows') await setUp(command, `npm run ${command}`);
    return await COMMANDS[command](args, command === 'rows' ? process.env : commandEnv());
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
    return 1;
  }
}
