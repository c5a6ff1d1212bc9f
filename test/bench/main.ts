/**
 * `npm run bench [-- --only NAME] [--json FILE]`: every figure is taken side by side with what it is compared with, in one
 * run on one machine. A figure that misses its goal is shown as it is; the exit code is 0 all the same, and 1 only when a
 * measurement could not be taken.
 *
 * Each is taken in a process of its own: none begins with another's memory, and Temporal's native core does not survive
 * being started a second time in one process (a segmentation fault, with SDK 1.24).
 */
import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { preloads } from '../../infra/runtime-tuning/tuning.mjs';
import { holds, table } from './bench.ts';
import type { Measurement } from './bench.ts';
import { BENCHES } from './benches.ts';

const MEASURE = fileURLToPath(new URL('measure.ts', import.meta.url));

const { values } = parseArgs({ options: { only: { type: 'string', multiple: true }, json: { type: 'string' } } });
const names = BENCHES.map(({ name }) => name);
const unknown = values.only?.filter((name) => !names.includes(name)) ?? [];
if (unknown.length > 0)
  throw new Error(`There is no measurement ${unknown.join(', ')}. Choose from: ${names.join(', ')}.`);

/** @returns `undefined` when it failed; its own output says why */
function measure(name: string): Promise<readonly Measurement[] | undefined> {
  return new Promise((resolve) => {
    let taken: readonly Measurement[] | undefined;
    const child = fork(MEASURE, [name], { execArgv: [...preloads(process.env)] });
    child.once('message', (measurements) => (taken = measurements as readonly Measurement[]));
    child.once('exit', (code, signal) => {
      if (code !== 0) console.error(`  ${name} ended with ${String(code ?? signal)}`);
      resolve(code === 0 ? taken : undefined);
    });
  });
}

const measured: Measurement[] = [];
const failed: string[] = [];
for (const name of names.filter((one) => values.only?.includes(one) ?? true)) {
  const taken = await measure(name);
  if (taken) {
    // At once, for whoever stops the rest.
    console.error(table(taken).replaceAll(/^/gm, '  '));
    measured.push(...taken);
  } else failed.push(name);
}

console.log(`\n${table(measured)}`);
if (failed.length > 0) console.log(`\nnot measured: ${failed.join(', ')}`);
if (values.json !== undefined) {
  writeFileSync(
    values.json,
    `${JSON.stringify(
      measured.map((one) => ({ ...one, holds: holds(one) })),
      null,
      2,
    )}\n`,
  );
}
if (failed.length > 0) process.exitCode = 1;
