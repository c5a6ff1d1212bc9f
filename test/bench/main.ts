/**
 * `npm run bench [-- --only NAME] [--json FILE]`: every figure is taken side by side with what it is compared with, in one
 * run on one machine. A figure that misses its goal is shown as it is; the exit code is 0 all the same.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { holds, table } from './bench.ts';
import type { Bench, Measurement } from './bench.ts';
import { deployRequest } from './deploy-request.ts';
import { deployment } from './deployment.ts';
import { gates } from './gates.ts';
import { inbox } from './inbox.ts';
import { many } from './many.ts';
import { memory } from './memory.ts';
import { switching } from './switch.ts';
import { tax } from './tax.ts';
import { twoHosts } from './two-hosts.ts';
import { webhook } from './webhook.ts';

const BENCHES: readonly Bench[] = [
  tax,
  twoHosts,
  deployRequest,
  switching,
  deployment,
  gates,
  many,
  webhook,
  inbox,
  memory,
];

const { values } = parseArgs({ options: { only: { type: 'string', multiple: true }, json: { type: 'string' } } });
const chosen = values.only ? BENCHES.filter(({ name }) => values.only?.includes(name)) : BENCHES;
if (chosen.length === 0) {
  throw new Error(`There is no such measurement. Choose from: ${BENCHES.map(({ name }) => name).join(', ')}.`);
}

const measured: Measurement[] = [];
for (const bench of chosen) {
  console.error(`\n${bench.name}: ${bench.about}`);
  // Short, because sockets below it have at most 107 characters.
  const dir = mkdtempSync(join(tmpdir(), 'lb'));
  const startedAt = performance.now();
  try {
    measured.push(...(await bench.run(dir, (line) => console.error(`  ${line}`))));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  console.error(`  took ${String(Math.round((performance.now() - startedAt) / 1_000))} s`);
}

console.log(`\n${table(measured)}`);
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
