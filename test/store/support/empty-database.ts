/** PGlite needs many seconds to create a database and one to open it, so every test starts from a copy of one. */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';

/** Makes `dir` an embedded database that nothing was ever written to. */
export async function copyEmptyDatabase(dir: string): Promise<void> {
  cpSync(await template(), dir, { recursive: true });
}

async function template(): Promise<string> {
  const cache = join(import.meta.dirname, '../../../.cache');
  const kept = join(cache, `pglite-${version()}`);
  if (existsSync(kept)) return kept;
  mkdirSync(cache, { recursive: true });
  const fresh = mkdtempSync(`${kept}-`);
  const created = await PGlite.create(fresh);
  await created.close();
  try {
    // Whole or not at all, for the test files that run beside this one.
    renameSync(fresh, kept);
  } catch {
    rmSync(fresh, { recursive: true, force: true });
  }
  return kept;
}

function version(): string {
  const file = fileURLToPath(import.meta.resolve('@electric-sql/pglite'));
  return createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 12);
}
