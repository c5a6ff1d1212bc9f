#!/usr/bin/env node
// @ts-check
/**
 * `node infra/setup/run.mjs demo|test|check|bench|package|rows [arguments …]`: installs what the command lacks on this machine,
 * then runs it. Plain JavaScript without dependencies, for Node 20 and newer: it runs before anything is installed.
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
  package: (args, env) => runProgram('node', ['infra/package/build.mjs', ...args], env),
  rows: () => printRows(),
};

/**
 * @param {string | undefined} name
 * @returns {name is Exclude<Command, 'up'>}
 */
function isCommand(name) {
  return name !== undefined && Object.hasOwn(COMMANDS, name);
}

const [command, ...args] = process.argv.slice(2);
if (!isCommand(command)) {
  console.error(`Usage: node infra/setup/run.mjs ${Object.keys(COMMANDS).join('|')} [arguments …]`);
  process.exitCode = 2;
} else {
  try {
    if (command !== 'rows') await setUp(command, `npm run ${command}`);
    process.exitCode = await COMMANDS[command](args, command === 'rows' ? process.env : commandEnv());
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
