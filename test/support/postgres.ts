/** The PostgreSQL that a run of the suite shares, with the schema in its database `landfall`, from which each test's is copied. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { databaseAccount } from '../../infra/dev/postgres/account.ts';
import { startPostgres } from '../../infra/dev/postgres/server.ts';
import type { Postgres } from '../../infra/dev/postgres/server.ts';
import { tryLock } from '../../infra/lock.mjs';
import { openStore } from '../../store/open.ts';

const ROOT = join(import.meta.dirname, '../..');
const CACHE = join(ROOT, '.cache');
const MIGRATIONS = join(ROOT, 'store/migrations');
/** Held by the run, so that one without a holder was killed. */
const LOCK = 'run.lock';

/**
 * Starts it in `dir`. Making a data folder takes three seconds and the schema one, so the first run keeps both and every
 * other one begins with a copy. Folders that killed runs left beside `dir` are removed; their servers end by themselves.
 *
 * @param dir - in the run's folder
 */
export async function startTestPostgres(dir: string): Promise<Postgres> {
  await removeLeftovers(dir);
  mkdirSync(dir, { mode: 0o700 });
  // It gets its name once it is held: another run takes a lock without a holder for that of a killed one.
  await tryLock(join(dir, 'new.lock'));
  renameSync(join(dir, 'new.lock'), join(dir, LOCK));
  execFileSync('cp', ['-a', await preparedData(dir), join(dir, 'data')]);
  return startPostgres({ dir, volatile: true });
}

/** A data folder with the schema in it, to be copied. It is there once the run's server is. */
export const preparedFolder = (): string => join(CACHE, `postgres-${version()}`);

async function preparedData(dir: string): Promise<string> {
  const kept = preparedFolder();
  if (existsSync(kept)) return kept;
  mkdirSync(CACHE, { recursive: true });
  // Not in the cache, which may be closed to the account that PostgreSQL runs as.
  const postgres = await startPostgres({ dir, volatile: true });
  const store = await openStore({ databaseUrl: postgres.url });
  await store.close();
  await postgres.stop();
  const draft = mkdtempSync(`${kept}-`);
  execFileSync('cp', ['-a', join(dir, 'data'), draft]);
  rmSync(join(dir, 'data'), { recursive: true });
  try {
    // Whole or not at all, for a run beside this one.
    renameSync(join(draft, 'data'), kept);
  } catch {
    // Another one was quicker.
  }
  rmSync(draft, { recursive: true, force: true });
  return kept;
}

function version(): string {
  const hash = createHash('sha256');
  const migrations = readdirSync(MIGRATIONS).filter((name) => name.endsWith('.sql'));
  const files = migrations.sort().map((name) => join(MIGRATIONS, name));
  for (const file of [join(ROOT, 'package-lock.json'), ...files]) hash.update(readFileSync(file));
  // Its files belong to the account that the database runs as, which `landfall up` may have made since.
  hash.update(String(databaseAccount()?.uid));
  return hash.digest('hex').slice(0, 12);
}

/** Removes folders of killed runs: only those that are known to be theirs and that no process uses. */
async function removeLeftovers(dir: string): Promise<void> {
  const runs = dirname(dirname(dir));
  for (const run of readdirSync(runs).filter((name) => name.startsWith('lf-'))) {
    const file = join(runs, run, 'postgres', LOCK);
    const lock = existsSync(file) ? await tryLock(file) : undefined;
    if (!lock) continue;
    rmSync(dirname(file), { recursive: true, force: true });
    lock.release();
  }
}
