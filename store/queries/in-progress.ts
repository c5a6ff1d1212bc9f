/** Deployments on their way to an environment, and the revisions of their variables. */
import { and, desc, eq, inArray } from 'drizzle-orm';
import { deploymentId, environmentOf } from '../../contracts/core/ids.ts';
import type { EnvironmentKey, ServiceKey } from '../../contracts/core/keys.ts';
import { isDeploymentOutcome } from '../../contracts/deployment/states.ts';
import { ofService } from './of-key.ts';
import type { Database } from '../open.ts';
import { deploymentStatus, deploymentVariables, deployments, releases } from '../schema.ts';

export interface UnderWay {
  readonly releaseId: string;
  readonly commit: string;
  /** `undefined`: its deployment there has not begun, and will have the newest. */
  readonly revision: number | undefined;
}

/** Newest first. */
export async function listUnderWay(db: Database, key: EnvironmentKey): Promise<UnderWay[]> {
  const running = await db
    .select({ id: releases.id, commit: releases.commit, sequence: releases.sequence, input: releases.input })
    .from(releases)
    .where(and(ofService(releases, key), inArray(releases.state, ['building', 'deploying'])))
    .orderBy(desc(releases.sequence));
  const bound = running
    .filter(({ input }) => input.environments.some(({ name }) => name === key.environment))
    .map(({ id, commit, sequence }) => ({ releaseId: id, commit, deployment: deploymentId(key, sequence) }));
  const ids = bound.map(({ deployment }) => deployment);
  const [states, pins] = await Promise.all([
    db.select().from(deploymentStatus).where(inArray(deploymentStatus.deploymentId, ids)),
    db.select().from(deploymentVariables).where(inArray(deploymentVariables.deploymentId, ids)),
  ]);
  const ended = new Set(states.filter(({ state }) => isDeploymentOutcome(state)).map((one) => one.deploymentId));
  const revisions = new Map(pins.map((one) => [one.deploymentId, one.revision]));
  return bound
    .filter(({ deployment }) => !ended.has(deployment))
    .map(({ releaseId, commit, deployment }) => ({ releaseId, commit, revision: revisions.get(deployment) }));
}

/** The task queues of the places that a deployment is meant for, as its release knows them; empty for an unknown one. */
export async function queuesOf(db: Database, deployment: string): Promise<readonly string[]> {
  const key = environmentOf(deployment);
  const sequence = sequenceOf(deployment);
  if (!key || sequence === undefined) return [];
  const [release] = await db.select({ input: releases.input }).from(releases).where(isRelease(key, sequence));
  const settings = release?.input.environments.find(({ name }) => name === key.environment);
  return settings?.target.places.map(({ queue }) => queue) ?? [];
}

/**
 * True when a deployment may still ask for values. Its own record is written beside its work, so that of its release,
 * which is written before anything runs, counts as well.
 *
 * @returns `undefined` for an unknown one
 */
export async function isUnderWay(db: Database, deployment: string): Promise<boolean | undefined> {
  const [told] = await db
    .select({ state: deploymentStatus.state })
    .from(deploymentStatus)
    .where(eq(deploymentStatus.deploymentId, deployment));
  if (told) return !isDeploymentOutcome(told.state);
  const key = environmentOf(deployment);
  if (!key) return undefined;
  const [known] = await db.select({ id: deployments.id }).from(deployments).where(eq(deployments.id, deployment));
  if (known) return true;
  const sequence = sequenceOf(deployment);
  if (sequence === undefined) return undefined;
  const [release] = await db.select({ state: releases.state }).from(releases).where(isRelease(key, sequence));
  return release && (release.state === 'building' || release.state === 'deploying');
}

/** The last part of a deployment's id. */
function sequenceOf(deployment: string): number | undefined {
  const sequence = Number(deployment.slice(deployment.lastIndexOf('.') + 1));
  return Number.isSafeInteger(sequence) ? sequence : undefined;
}

const isRelease = ({ project, service }: ServiceKey, sequence: number) =>
  and(ofService(releases, { project, service }), eq(releases.sequence, sequence));
