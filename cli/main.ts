#!/usr/bin/env node
/** The `landfall` command. */
import { homedir } from 'node:os';
import process from 'node:process';
import { createContext } from './context.ts';
import { runCommandLine } from './program.ts';

const ending = new AbortController();
// The first signal ends the command in order; the second one, by Node's default, at once.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort(signal));
// `landfall logs … | head` closes our output; that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

const context = createContext({
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  home: homedir(),
  signal: ending.signal,
});
process.exitCode = await runCommandLine(process.argv.slice(2), context);
