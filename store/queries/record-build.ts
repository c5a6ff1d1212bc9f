import { createHash } from 'node:crypto';
import { and, desc, eq, getTableColumns } from 'drizzle-orm';
import type { BuildInput } from '../../contracts/deployment/build.ts';
import type { BuildStateRecord } from '../../contracts/admission/store-records.ts';
import type { BuildSettings } from '../../contracts/config/service.ts';
import { BUILD_STATES, isFinalBuild } from '../../contracts/deployment/states.ts';
import { ofService } from './of-key.ts';
import type { Database } from '../open.ts';
import { builds, buildStates, buildStatus, images } from '../schema.ts';
import { auditBuild } from './audit.ts';
import { earliest, mayBecome, latest, mergeFacts } from './merge.ts';

/** The build exists from here on. A repeated report, or one after its first states, changes nothing else. */
export async function recordBuild(
  db: Database,
  { build, releaseId, at }: { readonly build: BuildInput; readonly releaseId: string; readonly at: number },
): Promise<void> {
  const { buildId, key, commit, settings } = build;
  await db
    .insert(builds)
    .values({ id: buildId, releaseId, ...key, commit, settingsHash: settingsHash(settings), createdAt: new Date(at) })
    .onConflictDoNothing();
  await recordEnd(db, buildId);
}

/** One state of a build, with its time and what is known by then (requirements, B5). The first final state stays. */
export async function recordBuildState(
  db: Database,
  { buildId, state, at, ...facts }: BuildStateRecord,
): Promise<void> {
  const moment = new Date(at);
  const accepted = mayBecome(BUILD_STATES, buildStatus.state, state);
  const merged = mergeFacts({ columns: getTableColumns(buildStatus), accepted }, { state, ...facts });
  const [now] = await db
    .insert(buildStatus)
    .values({ buildId, state, updatedAt: moment, ...facts })
    .onConflictDoUpdate({
      target: buildStatus.buildId,
      set: { ...merged, updatedAt: latest(buildStatus.updatedAt, moment) },
    })
    .returning({ state: buildStatus.state });

  // Late news of a stage is still news; a second ending is not.
  if (isFinalBuild(state) && now?.state !== state) return;
  await db
    .insert(buildStates)
    .values({ buildId, state, at: moment })
    .onConflictDoUpdate({
      target: [buildStates.buildId, buildStates.state],
      set: { at: earliest(buildStates.at, moment) },
    });
  if (isFinalBuild(state)) await recordEnd(db, buildId);
}

/** Once both halves are there and the build has ended: its audit event, and its image if it made one. */
async function recordEnd(db: Database, buildId: string): Promise<void> {
  const [built] = await db
    .select({ build: builds, status: buildStatus })
    .from(builds)
    .innerJoin(buildStatus, eq(buildStatus.buildId, builds.id))
    .where(eq(builds.id, buildId));
  if (!built || !isFinalBuild(built.status.state)) return;

  const { build, status } = built;
  if (status.state === 'completed' && status.image !== null && status.digest !== null) {
    const { project, service, commit, settingsHash: hash } = build;
    const { image, digest, builder, tags, updatedAt: createdAt } = status;
    await db
      .insert(images)
      .values({
        buildId,
        image,
        digest,
        project,
        service,
        commit,
        settingsHash: hash,
        builder: builder ?? 'unknown',
        tags: tags ?? [],
        createdAt,
      })
      .onConflictDoNothing();
  }
  await auditBuild(db, buildId);
}

/** The images that a commit was built into with the same settings, newest first. */
export async function imagesOf(
  db: Database,
  {
    project,
    service,
    commit,
    settings,
  }: { readonly project: string; readonly service: string; readonly commit: string; readonly settings: BuildSettings },
) {
  return db
    .select({ image: images.image, digest: images.digest, builder: images.builder })
    .from(images)
    .where(
      and(
        ofService(images, { project, service }),
        eq(images.commit, commit),
        eq(images.settingsHash, settingsHash(settings)),
      ),
    )
    .orderBy(desc(images.createdAt));
}

/** The commits that the service's image of this digest was built from, newest first. */
export async function commitsOf(
  db: Database,
  { project, service, digest }: { readonly project: string; readonly service: string; readonly digest: string },
): Promise<readonly string[]> {
  const rows = await db
    .select({ commit: images.commit })
    .from(images)
    .where(and(eq(images.digest, digest), ofService(images, { project, service })))
    .orderBy(desc(images.createdAt));
  return [...new Set(rows.map(({ commit }) => commit))];
}

/** The settings that decide the image. Limits of time and size do not. */
function settingsHash({ root, builder, dockerfile, args }: BuildSettings): string {
  const sorted = Object.entries(args).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([root, builder, dockerfile, sorted]))
    .digest('hex');
}
