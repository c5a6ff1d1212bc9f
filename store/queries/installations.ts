/** Installations of the GitHub App, as GitHub describes them. */
import { asc, count, eq, lte, sql } from 'drizzle-orm';
import type { InstallationReading } from '../../contracts/config/installation.ts';
import { onStoreAll } from '../failures.ts';
import type { Database } from '../open.ts';
import { installationRepositories, installationStates } from '../schema.ts';

/** Enough for one statement, whatever the database's limit of parameters. */
const CHUNK = 1_000;

/** The memory of the installation activities (their `InstallationRecord` port). @throws `StoreUnavailable` */
export function createInstallationRecord(db: Database) {
  return onStoreAll({ record: (reading: InstallationReading) => recordInstallation(db, reading) });
}

/** An answer of GitHub's that is older than the one that is kept changes nothing. */
async function recordInstallation(db: Database, reading: InstallationReading): Promise<void> {
  const { installationId, account, repositories, readAt, ...facts } = reading;
  await db.transaction(async (tx) => {
    const kept = await tx
      .insert(installationStates)
      .values({ installationId, account: account ?? '', ...facts, readAt: new Date(readAt) })
      .onConflictDoUpdate({
        target: installationStates.installationId,
        set: {
          // One that is gone keeps its name.
          ...(account !== null && { account }),
          ...facts,
          readAt: sql`excluded.read_at`,
        },
        setWhere: lte(installationStates.readAt, sql`excluded.read_at`),
      })
      .returning({ id: installationStates.installationId });
    if (kept.length === 0 || (repositories === null && facts.state !== 'deleted')) return;
    await tx.delete(installationRepositories).where(eq(installationRepositories.installationId, installationId));
    const all = repositories ?? [];
    for (let start = 0; start < all.length; start += CHUNK) {
      const rows = all
        .slice(start, start + CHUNK)
        .map(({ id, ...repository }) => ({ installationId, repositoryId: id, ...repository }));
      await tx.insert(installationRepositories).values(rows).onConflictDoNothing();
    }
  });
}

/** Sorted by account. */
export async function listInstallations(db: Database) {
  const rows = await db
    .select({ installation: installationStates, repositories: count(installationRepositories.repositoryId) })
    .from(installationStates)
    .leftJoin(installationRepositories, eq(installationRepositories.installationId, installationStates.installationId))
    .groupBy(installationStates.installationId)
    .orderBy(asc(installationStates.account), asc(installationStates.installationId));
  return rows.map(({ installation, repositories }) => ({ ...installation, repositories }));
}
