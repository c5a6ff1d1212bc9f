#!/usr/bin/env node
// @ts-check
/**
 * `node infra/setup/run.mjs COMMAND [arguments …]`, which every `npm run …` is. Every Node reads this file, so one that is too old
 * for the set-up ends in a sentence.
 */
import process from 'node:process';

/** The set-up brings a newer one along for what needs it. */
const LEAST = 20;

if (Number.parseInt(process.versions.node, 10) < LEAST) {
  console.error(
    `Setting up needs Node ${LEAST} or newer; this is ${process.versions.node}. Install it: https://nodejs.org/en/download`,
  );
  process.exitCode = 1;
} else {
  const { runCommand } = await import('./command.mjs');
  process.exitCode = await runCommand(process.argv.slice(2));
}
