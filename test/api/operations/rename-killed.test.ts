/** kill -9 of the process that renames, wherever it is: the name has moved whole or not at all, and saying it again is safe. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { rename } from '../../../api/operations/rename.ts';
import { openStore, type Store } from '../../../store/open.ts';
import { presentNames } from '../../../store/queries/names.ts';
import { listAudit } from '../../../store/queries/views.ts';
import { testDatabase } from '../../store/support/databases.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { eventually } from '../../support/eventually.ts';
import { KEY, seedService } from '../seed.ts';

const MOVES = [
  { from: 'shop', to: 'store', kept: 'shop', now: { project: 'store', service: 'web' } },
  { from: 'shop/web', to: 'shop/frontend', kept: 'shop.web', now: { project: 'shop', service: 'frontend' } },
] as const;
type Move = (typeof MOVES)[number];

/** Each lock lets everything through that comes before the line, and holds the process there. */
const LINES = [
  ['it has the lock of its project', sql`lock table projects in exclusive mode`],
  ['it has written the name', sql`lock table other_names in share mode`],
  ['it has written what the audit trail says', sql`lock table audit_events in share mode`],
] as const;

async function scene() {
  const databaseUrl = await testDatabase();
  const store = await openStore({ databaseUrl });
  onCleanup(() => store.close());
  await seedService(store);
  const mover = fork(fileURLToPath(new URL('mover-process.ts', import.meta.url)), [databaseUrl], { execArgv: [] });
  onCleanup(() => void mover.kill('SIGKILL'));
  await once(mover, 'message');
  const kill = async () => {
    const gone = once(mover, 'exit');
    mover.kill('SIGKILL');
    await gone;
  };
  return { store, mover, kill };
}

/** The backend that waits for a lock of ours. */
async function waiting({ db }: Store): Promise<number | undefined> {
  const [found] = await db
    .select({ pid: sql<number>`pid` })
    .from(sql`pg_stat_activity`)
    .where(sql`datname = current_database() and wait_event_type = 'Lock'`);
  return found?.pid;
}

async function hasGone({ db }: Store, pid: number): Promise<boolean> {
  const found = await db
    .select({ pid: sql<number>`pid` })
    .from(sql`pg_stat_activity`)
    .where(sql`pid = ${pid}`);
  return found.length === 0;
}

/** Its name, and its entries in the audit trail. */
async function seen({ db }: Store, { kept }: Move) {
  const trail = await listAudit(db, { subject: kept, limit: 10 });
  return {
    now: (await presentNames(db))(KEY),
    trail: trail.filter(({ action }) => action === 'service.move').map(({ detail }) => detail),
  };
}

async function saysItAgain(store: Store, { from, to, kept, now }: Move): Promise<void> {
  const by = { kind: 'token', name: 'ada' } as const;
  for (let time = 0; time < 2; time += 1) {
    expect(await rename({ store }, { from, to, by })).toEqual({ keptAs: kept.replace('.', '/'), calledNow: to });
    expect(await seen(store, { from, to, kept, now } as Move)).toEqual({ now, trail: [`${from} is called ${to}`] });
  }
}

describe.each(MOVES)('kill -9 while $from becomes $to', (move) => {
  const { from, to, now } = move;

  test.each(LINES)('before %s: nothing has happened [B4][F1]', async (_line, lock) => {
    const { store, mover, kill } = await scene();
    const backend = await store.db.transaction(async (tx) => {
      await tx.execute(lock);
      mover.send({ from, to });
      const pid = await eventually('it to be at that line', () => waiting(store));
      await kill();
      return pid;
    });
    await eventually('PostgreSQL to have noticed', () => hasGone(store, backend));
    expect(await seen(store, move)).toEqual({ now: undefined, trail: [] });
    await saysItAgain(store, move);
  });

  test('before it tells that it is done: it has happened whole [B4][F1]', async () => {
    const { store, mover, kill } = await scene();
    mover.send({ from, to });
    await eventually('it to be written', async () => (await seen(store, move)).now);
    await kill();
    expect(await seen(store, move)).toEqual({ now, trail: [`${from} is called ${to}`] });
    await saysItAgain(store, move);
  });
});
