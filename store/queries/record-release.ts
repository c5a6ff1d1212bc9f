import { and, eq, inArray } from 'drizzle-orm';
import type { ReleaseInput, ReleaseResult } from '../../contracts/deployment/release.ts';
import type { Database } from '../open.ts';
import { releases } from '../schema.ts';
import { auditRelease } from './audit.ts';

/** The row of a release that has just begun. */
export function newRelease(input: ReleaseInput, requestKey: string, createdAt: Date): typeof releases.$inferInsert {
  const { releaseId: id, key, sequence, ref, commit, subject, actor, byName } = input;
  return {
    id,
    ...key,
    sequence,
    requestKey,
    ref,
    commit,
    subject,
    actorKind: actor.kind,
    actorName: actor.name,
    byName,
    input,
    state: 'building',
    createdAt,
  };
}

/** The release runs. Its row is there since it was admitted; one that was started by hand gets its row now. */
export async function recordRelease(db: Database, input: ReleaseInput): Promise<void> {
  await db
    .insert(releases)
    .values(newRelease(input, `release/${input.releaseId}`, new Date()))
    .onConflictDoNothing();
  await auditRelease(db, input.releaseId, 'requested');
}

/** Records the end of the release. The first ending stays. */
export async function recordReleaseResult(
  db: Database,
  { releaseId, at, result }: { readonly releaseId: string; readonly at: number; readonly result: ReleaseResult },
): Promise<void> {
  await db
    .update(releases)
    .set({ state: result.outcome, failure: result.failure ?? null, endedAt: new Date(at) })
    .where(and(eq(releases.id, releaseId), inArray(releases.state, ['building', 'deploying'])));
  await auditRelease(db, releaseId, 'ended');
}
