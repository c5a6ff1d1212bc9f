/** The gates that people set for an environment, so that one that has lost its history knows them again. */
import { sql, type AnyColumn } from 'drizzle-orm';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import type { GatesRecord } from '../../contracts/admission/store-records.ts';
import type { Database } from '../open.ts';
import { environmentGates } from '../schema.ts';
import { findEnd } from './environment-ends.ts';
import { ofEnvironment } from './of-key.ts';

/** The newest change of each gate stays, not the last to arrive. */
export async function recordGates(db: Database, { key, change, gates }: GatesRecord): Promise<void> {
  const { lock, pause, hold, maintenance } = gates;
  const end = await findEnd(db, key);
  // A late report of what people said before it was destroyed: a change is numbered by the clock at least.
  if (end && change <= end.at) return;
  const { project, service, environment, lockChange, pauseChange, holdChange, maintenanceChange, ...said } =
    environmentGates;
  // An absent gate comes without a number, which is newer than nothing.
  const isNewer = {
    lock: newer(lockChange, 'lock_change'),
    pause: newer(pauseChange, 'pause_change'),
    maintenance: newer(maintenanceChange, 'maintenance_change'),
  };
  await db
    .insert(environmentGates)
    .values({
      ...key,
      ...(lock !== undefined && { lock, lockChange: change }),
      ...(pause !== undefined && { pause, pauseChange: change }),
      ...(hold !== undefined && { holdChange: change }),
      ...(maintenance !== undefined && { maintenance, maintenanceChange: change }),
    })
    .onConflictDoUpdate({
      target: [project, service, environment],
      set: {
        lock: sql`case when ${isNewer.lock} then excluded.lock else ${said.lock} end`,
        lockChange: sql`greatest(${lockChange}, excluded.lock_change)`,
        pause: sql`case when ${isNewer.pause} then excluded.pause else ${said.pause} end`,
        pauseChange: sql`greatest(${pauseChange}, excluded.pause_change)`,
        holdChange: sql`greatest(${holdChange}, excluded.hold_change)`,
        maintenance: sql`case when ${isNewer.maintenance} then excluded.maintenance else ${said.maintenance} end`,
        maintenanceChange: sql`greatest(${maintenanceChange}, excluded.maintenance_change)`,
      },
    });
}

const newer = (kept: AnyColumn, told: string) => sql`coalesce(${kept}, 0) < ${sql.raw(`excluded.${told}`)}`;

/** `undefined`: no person has ever changed a gate. */
export async function findGates(db: Database, key: EnvironmentKey) {
  const [row] = await db.select().from(environmentGates).where(ofEnvironment(environmentGates, key));
  return row;
}
