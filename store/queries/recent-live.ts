import { and, desc, eq, isNotNull } from 'drizzle-orm';
import type { LiveDeployment, Recalled } from '../../contracts/deployment/deployment.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import type { Database } from '../open.ts';
import { deployments, deploymentStatus, releases } from '../schema.ts';
import { isSinceEnd } from './environment-ends.ts';
import { ofEnvironment } from './of-key.ts';

/** The versions that became live last, with the hold of a rollback by hand. */
type LastLive = Pick<Recalled, 'previous' | 'hold'> & { readonly live: LiveDeployment };

/**
 * The two deployments that became live in an environment last, by their own reports: one may have landed after its
 * environment was ended by force, and then `environmentLive` never heard of it.
 */
export async function findLastLive(db: Database, key: EnvironmentKey): Promise<LastLive | null> {
  const { id: deploymentId, sequence, commit, image, digest } = deployments;
  const { generation, updatedAt } = deploymentStatus;
  const [last, before] = await db
    .select({
      version: { deploymentId, sequence, commit, image, digest, generation },
      release: releases.input,
      at: updatedAt,
    })
    .from(deployments)
    .innerJoin(deploymentStatus, eq(deploymentStatus.deploymentId, deploymentId))
    .leftJoin(releases, eq(releases.id, deployments.releaseId))
    .where(
      and(ofEnvironment(deployments, key), eq(deploymentStatus.state, 'live'), isNotNull(generation), isSinceEnd(db)),
    )
    .orderBy(desc(generation))
    .limit(2);
  if (!last) return null;
  const { release, at } = last;
  const isHeld = release?.rollbackTo !== undefined;
  return {
    live: versionOf(last),
    previous: before ? versionOf(before) : null,
    hold: isHeld ? { by: release.actor, at: at.getTime(), deploymentId: last.version.deploymentId } : null,
  };
}

type Found = { readonly version: Omit<LiveDeployment, 'generation'> & { readonly generation: number | null } };
const versionOf = ({ version }: Found): LiveDeployment => ({ ...version, generation: version.generation ?? 0 });
