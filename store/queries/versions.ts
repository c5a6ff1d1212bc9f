/** The versions of Landfall that have worked on the store. */
import type { Database } from '../open.ts';
import { NEEDED_MIGRATION, type PastVersion } from '../migrate.ts';
import { programVersions } from '../schema.ts';

/** Notes that this version takes over, now. Older versions see by it whether they may still work on the store. */
export async function recordVersion(db: Database, { version, workflows }: PastVersion, now: number): Promise<void> {
  const row = { version, workflows, needs: NEEDED_MIGRATION, at: new Date(now) };
  await db.insert(programVersions).values(row).onConflictDoUpdate({ target: programVersions.version, set: row });
}
