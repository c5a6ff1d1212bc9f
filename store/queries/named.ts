/** Finds releases by a number, a commit or a digest: by any part that people have at hand. */
import { and, desc, eq, inArray, like, or, type SQL } from 'drizzle-orm';
import type { DeploymentState } from '../../contracts/deployment/states.ts';
import type { Database } from '../open.ts';
import { builds, deployments, deploymentStatus, releases } from '../schema.ts';

/** A longer list would help no person to choose. */
const MOST = 20;

export interface NamedRelease {
  readonly releaseId: string;
  readonly deployments: readonly { readonly deploymentId: string; readonly state: DeploymentState | null }[];
  /** The newest one. `null`: nothing is built for it. */
  readonly buildId: string | null;
}

/** All of it has to be checked before: commit and digest are the beginning of one, in hexadecimal digits. */
export interface NameQuery {
  readonly releaseId?: string;
  readonly number?: number;
  readonly commit?: string;
  readonly digest?: string;
}

/** Newest first, 20 at most. */
export async function findNamed(
  db: Database,
  { releaseId, number, commit, digest }: NameQuery,
): Promise<NamedRelease[]> {
  const by: SQL[] = [
    ...(releaseId === undefined ? [] : [eq(releases.id, releaseId)]),
    ...(number === undefined ? [] : [eq(releases.sequence, number)]),
    ...(commit === undefined ? [] : [like(releases.commit, `${commit}%`)]),
    ...(digest === undefined
      ? []
      : [
          inArray(
            releases.id,
            db
              .select({ id: deployments.releaseId })
              .from(deployments)
              .where(like(deployments.digest, `${digest}%`)),
          ),
        ]),
  ];
  if (by.length === 0) return [];
  const found = await db
    .select({ id: releases.id })
    .from(releases)
    .where(or(...by))
    .orderBy(desc(releases.sequence), desc(releases.id))
    .limit(MOST);
  const ids = found.map(({ id }) => id);
  if (ids.length === 0) return [];
  const [deployed, built] = await Promise.all([
    db
      .select({ releaseId: deployments.releaseId, deploymentId: deployments.id, state: deploymentStatus.state })
      .from(deployments)
      .leftJoin(deploymentStatus, eq(deploymentStatus.deploymentId, deployments.id))
      .where(and(inArray(deployments.releaseId, ids)))
      .orderBy(deployments.createdAt, deployments.id),
    db
      .select({ releaseId: builds.releaseId, id: builds.id })
      .from(builds)
      .where(inArray(builds.releaseId, ids))
      .orderBy(desc(builds.createdAt), desc(builds.id)),
  ]);
  return ids.map((id) => ({
    releaseId: id,
    deployments: deployed.filter((one) => one.releaseId === id).map(({ releaseId: _of, ...one }) => one),
    buildId: built.find((one) => one.releaseId === id)?.id ?? null,
  }));
}
