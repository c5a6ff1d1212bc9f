/** What an artefact contains and what it took the place of, as parts of other queries (requirements, A9). */
import { and, desc, eq, lt, sql, type SQL } from 'drizzle-orm';
import { alias, type AnyPgColumn } from 'drizzle-orm/pg-core';
import type { ChangesView } from '../../contracts/api.ts';
import { compareUrl, type CommitPlace } from '../../contracts/changes.ts';
import type { Database } from '../open.ts';
import { deployments, deploymentStatus, images, projects, releases, repositories } from '../schema.ts';

/** Higher than any generation. */
const AFTER_ALL = 2_147_483_647;

/**
 * What was live in the environment when a deployment began, for a lateral join to `deployments` and `deploymentStatus`.
 * An environment numbers what it admits (the generation), so this is the last one before it that came to be live. One
 * that has not begun is compared with what is live now.
 */
export function liveBefore(db: Database) {
  const before = alias(deployments, 'before');
  const status = alias(deploymentStatus, 'before_status');
  return db
    .select({ deploymentId: before.id, commit: before.commit, digest: before.digest })
    .from(before)
    .innerJoin(status, eq(status.deploymentId, before.id))
    .where(
      and(
        eq(before.project, deployments.project),
        eq(before.service, deployments.service),
        eq(before.environment, deployments.environment),
        eq(status.state, 'live'),
        lt(status.generation, sql`coalesce(${deploymentStatus.generation}, ${AFTER_ALL})`),
      ),
    )
    .orderBy(desc(status.generation))
    .limit(1)
    .as('live_before');
}

/** What built an image: as it was recorded, or as the release said that did not build. */
export function builderOf(
  db: Database,
  image: { readonly project: AnyPgColumn; readonly service: AnyPgColumn; readonly digest: AnyPgColumn | SQL },
  release: { readonly input: AnyPgColumn } = releases,
): SQL<string | null> {
  const built = db
    .select({ builder: images.builder })
    .from(images)
    .where(and(eq(images.project, image.project), eq(images.service, image.service), eq(images.digest, image.digest)))
    .orderBy(desc(images.createdAt))
    .limit(1);
  return sql<string | null>`coalesce(${built}, ${release.input} -> 'image' ->> 'builder')`;
}

/** The deployment that a release was made to go back to. */
export const rollbackTo = sql<string | null>`${releases.input} ->> 'rollbackTo'`;

/** Where the commits are, for a query that joins both tables. */
export const commitPlace = { gitHubUrl: repositories.cloneUrl, publicUrl: projects.cloneUrl };

/** @param about.rollbackTo - as {@link rollbackTo} */
export function changesView(
  { from, to }: Pick<ChangesView, 'from' | 'to'>,
  { rollbackTo: target, ...place }: CommitPlace & { readonly rollbackTo: string | null },
): ChangesView {
  const rollback = target !== null;
  return { from, to, rollback, compareUrl: from && compareUrl(place, { from: from.commit, to, rollback }) };
}
