/** PGlite needs many seconds to create a database and one for its schema, so every test starts from a copy of one. */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openStore } from '../../../store/open.ts';

const CACHE = join(import.meta.dirname, '../../../.cache');
const MIGRATIONS = join(import.meta.dirname, '../../../store/migrations');

/** Makes `dir` an embedded database as Landfall's first start leaves it: its schema, and not one row. */
export async function copyEmptyDatabase(dir: string): Promise<void> {
  cpSync(await template(), dir, { recursive: true });
}

async function template(): Promise<string> {
  const kept = join(CACHE, `pglite-${version()}`);
  if (existsSync(kept)) return kept;
  mkdirSync(CACHE, { recursive: true });
  const dataDir = mkdtempSync(`${kept}-`);
  const created = await openStore({ dataDir });
  await created.close();
  try {
    // Whole or not at all, for the test files that run beside this one.
    renameSync(join(dataDir, 'db'), kept);
  } catch {
    // Another one was quicker.
  }
  rmSync(dataDir, { recursive: true, force: true });
  return kept;
}

function version(): string {
  const hash = createHash('sha256');
  const migrations = readdirSync(MIGRATIONS).filter((name) => name.endsWith('.sql'));
  for (const file of [
    fileURLToPath(import.meta.resolve('@electric-sql/pglite')),
    ...migrations.sort().map((name) => join(MIGRATIONS, name)),
  ]) {
    hash.update(readFileSync(file));
  }
  return hash.digest('hex').slice(0, 12);
}
