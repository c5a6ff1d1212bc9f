/** Takes one measurement and sends it to its parent process (test/bench/main.ts): `node test/bench/measure.ts NAME`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { letDatabaseThrough } from '../../infra/dev/postgres/account.ts';
import { BENCHES } from './benches.ts';

const bench = BENCHES.find(({ name }) => name === process.argv[2]);
if (!bench) throw new Error('There is no such measurement.');

console.error(`\n${bench.name}: ${bench.about}`);
// Short, because sockets below it have at most 107 characters.
const dir = mkdtempSync(join(tmpdir(), 'lb'));
letDatabaseThrough(dir);
const startedAt = performance.now();
try {
  process.send?.(await bench.run(dir, (line) => console.error(`  ${line}`)));
} finally {
  rmSync(dir, { recursive: true, force: true });
}
console.error(`  took ${String(Math.round((performance.now() - startedAt) / 1_000))} s`);
process.disconnect();
