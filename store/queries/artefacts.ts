/** An artefact's contents and predecessor, as parts of other queries (requirements, A9). */
import { and, desc, eq, inArray, lt, sql, type SQL } from 'drizzle-orm';
import { alias, type AnyPgColumn } from 'drizzle-orm/pg-core';
import type { ChangesView } from '../../contracts/http/api.ts';
import { compareUrl, type CommitPlace } from '../../contracts/http/changes.ts';
import { ofService } from './of-key.ts';
import type { Database } from '../open.ts';
import { deployments, deploymentStatus, images, lineage, projects, releases, repositories } from '../schema.ts';

/** Higher than any generation. */
const AFTER_ALL = 2_147_483_647;

/** The builder of an image: as recorded, or the one that the release itself names when it did not build. */
export function builderOf(
  db: Database,
  image: { readonly project: AnyPgColumn; readonly service: AnyPgColumn; readonly digest: AnyPgColumn | SQL },
  release: { readonly input: AnyPgColumn } = releases,
): SQL<string | null> {
  const built = db
    .select({ builder: images.builder })
    .from(images)
    .where(and(ofService(images, image), eq(images.digest, image.digest)))
    .orderBy(desc(images.createdAt))
    .limit(1);
  return sql<string | null>`coalesce(${built}, ${release.input} -> 'image' ->> 'builder')`;
}

/** The deployment that a release was made to go back to. */
export const rollbackTo = sql<string | null>`${releases.input} ->> 'rollbackTo'`;

/** The place of the commits, for a query that joins both tables. */
export const commitPlace = { gitHubUrl: repositories.cloneUrl, publicUrl: projects.cloneUrl };

/** @param about.rollbackTo - as {@link rollbackTo} */
export function changesView(
  { from, to }: Pick<ChangesView, 'from' | 'to'>,
  { rollbackTo: target, ...place }: CommitPlace & { readonly rollbackTo: string | null },
): ChangesView {
  const rollback = target !== null;
  return { from, to, rollback, compareUrl: from && compareUrl(place, { from: from.commit, to, rollback }) };
}

/** The artefact of a deployment: the image's builder, and the changes. */
export interface Artefact {
  readonly builder: string | null;
  readonly changes: ChangesView;
}

/**
 * The artefacts of these deployments, by id. An environment numbers what it admits (the generation), so its predecessor
 * is the last one below that came to be live; one that has not begun is compared with what is live now.
 *
 * A query of its own for the few that are shown: beside a sort, the database would look it up for all that there are.
 */
export async function artefactsOf(db: Database, ids: readonly string[]): Promise<ReadonlyMap<string, Artefact>> {
  if (ids.length === 0) return new Map();
  const below = alias(deploymentStatus, 'below');
  const last = db
    .select({ deploymentId: below.deploymentId })
    .from(below)
    .where(
      and(
        eq(lineage(below.deploymentId), lineage(deployments.id)),
        // The same words as in the index.
        sql`${below.state} = 'live'`,
        lt(below.generation, sql`coalesce(${deploymentStatus.generation}, ${AFTER_ALL})`),
      ),
    )
    .orderBy(desc(below.generation))
    .limit(1)
    .as('last');
  const before = alias(deployments, 'before');
  const rows = await db
    .select({
      ...{ id: deployments.id, commit: deployments.commit, builder: builderOf(db, deployments), rollbackTo },
      ...{ fromId: before.id, fromCommit: before.commit, fromDigest: before.digest, ...commitPlace },
    })
    .from(deployments)
    .leftJoin(deploymentStatus, eq(deploymentStatus.deploymentId, deployments.id))
    .leftJoin(releases, eq(releases.id, deployments.releaseId))
    .leftJoin(projects, eq(projects.name, deployments.project))
    .leftJoin(repositories, eq(repositories.id, projects.repositoryId))
    .leftJoinLateral(last, sql`true`)
    .leftJoin(before, eq(before.id, last.deploymentId))
    .where(inArray(deployments.id, [...ids]));
  return new Map(
    rows.map(({ id, commit: to, builder, fromId, fromCommit, fromDigest, ...row }) => {
      const known = fromId !== null && fromCommit !== null && fromDigest !== null;
      const from = known ? { deploymentId: fromId, commit: fromCommit, digest: fromDigest } : null;
      return [id, { builder, changes: changesView({ from, to }, row) }];
    }),
  );
}
