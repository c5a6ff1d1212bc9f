/** Previews of pull requests: their records, and what a preview without a history learns of the store. */
import { and, asc, eq, sql } from 'drizzle-orm';
import { previewEnvironment } from '../../contracts/core/preview-names.ts';
import type { PreviewRecall, PreviewRecord, PreviewView, PullKey } from '../../contracts/deployment/preview.ts';
import type { Database } from '../open.ts';
import { environments, previews, projects } from '../schema.ts';

const ofPull = ({ repositoryId, number }: PullKey) =>
  and(eq(previews.repositoryId, repositoryId), eq(previews.number, number));

/** A report that is older than what is there changes nothing. */
export async function recordPreview(db: Database, record: PreviewRecord): Promise<void> {
  const { pull, phase, owner, commit, place, services, note, stopped, createdAt, expiresAt, at } = record;
  const { repository, installationId } = pull;
  const time = (ms: number | null) => (ms === null ? null : new Date(ms));
  const values = {
    ...{ repository, installationId, phase, commit, place, services, note, stopped },
    ...{ ownerKind: owner?.kind ?? null, ownerName: owner?.name ?? null },
    ...{ createdAt: time(createdAt), expiresAt: time(expiresAt), updatedAt: new Date(at) },
  };
  await db
    .insert(previews)
    .values({ repositoryId: pull.repositoryId, number: pull.number, ...values })
    .onConflictDoUpdate({
      target: [previews.repositoryId, previews.number],
      set: values,
      setWhere: sql`${previews.updatedAt} <= excluded.updated_at`,
    });
}

/** What `RecallActivities.recallPreview` promises. */
export async function recallPreview(db: Database, pull: PullKey): Promise<PreviewRecall> {
  const [standing, [row]] = await Promise.all([
    db
      .select({ project: environments.project, service: environments.service })
      .from(environments)
      .innerJoin(projects, eq(projects.name, environments.project))
      .where(
        and(
          eq(projects.repositoryId, pull.repositoryId),
          eq(environments.environment, previewEnvironment(pull.number)),
        ),
      )
      .orderBy(asc(environments.project), asc(environments.service)),
    db.select({ stopped: previews.stopped }).from(previews).where(ofPull(pull)),
  ]);
  return { standing, stopped: row?.stopped ?? false };
}

/** A preview as the store knows it, with the moment of its last report. */
export interface StoredPreview extends PreviewView {
  readonly updatedAt: number;
}

/** `undefined`: the pull request never had one. */
export async function findPreview(db: Database, pull: PullKey): Promise<StoredPreview | undefined> {
  const [row] = await db.select().from(previews).where(ofPull(pull));
  return row && viewOf(row);
}

function viewOf(row: typeof previews.$inferSelect): StoredPreview {
  const { repositoryId, number, repository, installationId, phase, ownerKind, ownerName, commit, place } = row;
  const { services, note, createdAt, expiresAt, updatedAt } = row;
  return {
    pull: { repositoryId, number, repository, installationId },
    ...{ phase, commit, place, services, note: note ?? null },
    owner: ownerKind === null || ownerName === null ? null : { kind: ownerKind, name: ownerName },
    createdAt: createdAt?.getTime() ?? null,
    expiresAt: expiresAt?.getTime() ?? null,
    updatedAt: updatedAt.getTime(),
  };
}
