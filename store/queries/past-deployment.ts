import { and, eq, isNull } from 'drizzle-orm';
import type { PastDeployment } from '../../contracts/admission/admission.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import type { Database } from '../open.ts';
import { deployments, deploymentStatus, deploymentVariables, environments, images, releases } from '../schema.ts';
import { isSinceEnd } from './environment-ends.ts';
import { ofEnvironment } from './of-key.ts';
import { findLive } from './live-deployment.ts';

/** The deployment that is live there now. */
export async function findLiveDeployment(db: Database, key: EnvironmentKey): Promise<PastDeployment | undefined> {
  const id = (await findLive(db, key))?.live.deploymentId;
  return id === undefined ? undefined : findPastDeployment(db, key, id);
}

/**
 * The deployment of this id, once live there, or (`null`) the one before what is live now. Only a version that was
 * proven live once is worth returning to.
 */
export async function findPastDeployment(
  db: Database,
  key: EnvironmentKey,
  deploymentId: string | null,
): Promise<PastDeployment | undefined> {
  const id = deploymentId ?? (await findLive(db, key))?.previous?.deploymentId;
  if (id === undefined) return undefined;
  const [found] = await db
    .select({
      release: releases.input,
      image: deployments.image,
      digest: deployments.digest,
      builder: images.builder,
      revision: deploymentVariables.revision,
      settings: environments.settings,
    })
    .from(deployments)
    .innerJoin(deploymentStatus, eq(deploymentStatus.deploymentId, deployments.id))
    .innerJoin(releases, eq(releases.id, deployments.releaseId))
    .leftJoin(deploymentVariables, eq(deploymentVariables.deploymentId, deployments.id))
    .leftJoin(images, and(eq(images.digest, deployments.digest), eq(images.commit, deployments.commit)))
    .leftJoin(environments, and(ofEnvironment(environments, key), isNull(environments.removedAt)))
    .where(
      and(eq(deployments.id, id), ofEnvironment(deployments, key), eq(deploymentStatus.state, 'live'), isSinceEnd(db)),
    )
    .limit(1);
  if (!found) return undefined;
  const { release, image, digest, builder, revision, settings } = found;
  return {
    ...{ deploymentId: id, release, image, digest, builder: builder ?? 'unknown' },
    variablesRevision: revision,
    environment: settings,
  };
}
