/** Work that the store calls under way, and its end when no workflow does it (the `UnderWayLedger` port). */
import { and, count, eq, gt, inArray, isNotNull, isNull, lt, notExists, notInArray, or, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import { FailureType } from '../../contracts/core/failures.ts';
import type { FailureRecord } from '../../contracts/core/failures.ts';
import type { BuildResult } from '../../contracts/deployment/build.ts';
import type { DeploymentResult } from '../../contracts/deployment/deployment.ts';
import { againWorkflowId } from '../../contracts/core/ids.ts';
import type { ReleaseInput, ReleaseResult } from '../../contracts/deployment/release.ts';
import type { HandedOver, LostRelease } from '../../contracts/inbox/repair.ts';
import {
  BUILD_STATES,
  DEPLOYMENT_STATES,
  isDeploymentOutcome,
  isFinalBuild,
} from '../../contracts/deployment/states.ts';
import { ofService } from './of-key.ts';
import { onStoreAll } from '../failures.ts';
import type { Database } from '../open.ts';
import { builds, buildStatus, decisions, deployments, deploymentStatus, deploymentSteps, releases } from '../schema.ts';
import { handedOverDeliveries, hasReleased, returnDelivery, settleDelivery } from './lost-deliveries.ts';
import { recordBuildState } from './record-build.ts';
import { recordDeploymentState } from './record-deployment.ts';
import { recordReleaseResult } from './record-release.ts';

const UNDER_WAY = ['building', 'deploying'] as const;
/** A release that is lost again and again is not what was lost. */
const MOST_AGAIN = 3;
/** The time for which a delivery that was refused is not tried again. */
const REFUSED_FOR_MS = 10 * 60_000;

/** Every call throws `StoreUnavailable` (retryable). */
export function createUnderWayLedger(db: Database) {
  return onStoreAll({
    releases: (before: number, limit: number) => sampleReleases(db, before, limit),
    builds: (before: number, limit: number) => sampleBuilds(db, before, limit),
    deployments: (before: number, limit: number) => sampleDeployments(db, before, limit),
    endRelease: (releaseId: string, at: number, result: ReleaseResult) =>
      recordReleaseResult(db, { releaseId, at, result }),
    lostLately: (since: number, limit: number) => lostLately(db, since, limit),
    handedOver: (which: Parameters<typeof handedOverDeliveries>[1], limit: number) =>
      handedOverDeliveries(db, which, limit),
    hasReleased: (requestKey: string) => hasReleased(db, requestKey),
    settleDelivery: (delivery: HandedOver, at: number) => settleDelivery(db, delivery, at),
    returnDelivery: (delivery: HandedOver, at: number) => returnDelivery(db, delivery, at),
    endBuild: (buildId: string, at: number, result: BuildResult) => endBuild(db, { buildId, at, result }),
    endDeployment: (at: number, result: DeploymentResult) => endDeployment(db, at, result),
  });
}

/** The choice is left to chance, so that however many there are, each is looked at. */
const ANY = sql`random()`;

async function sampleReleases(db: Database, before: number, limit: number) {
  return db
    .select({ input: releases.input, requestKey: releases.requestKey })
    .from(releases)
    .where(and(inArray(releases.state, [...UNDER_WAY]), lt(releases.createdAt, new Date(before))))
    .orderBy(ANY)
    .limit(limit);
}

async function sampleBuilds(db: Database, before: number, limit: number) {
  return db
    .select({ buildId: builds.id, release: releases.input })
    .from(builds)
    .leftJoin(buildStatus, eq(buildStatus.buildId, builds.id))
    .leftJoin(releases, eq(releases.id, builds.releaseId))
    .where(
      and(
        lt(builds.createdAt, new Date(before)),
        or(isNull(buildStatus.state), notInArray(buildStatus.state, BUILD_STATES.filter(isFinalBuild))),
      ),
    )
    .orderBy(ANY)
    .limit(limit);
}

/**
 * Deployments of releases that have ended: a release that goes on hears of the end of its deployment, and reports it.
 */
async function sampleDeployments(db: Database, before: number, limit: number) {
  const rows = await db
    .select({ it: deployments, generation: deploymentStatus.generation })
    .from(deployments)
    .leftJoin(deploymentStatus, eq(deploymentStatus.deploymentId, deployments.id))
    .leftJoin(releases, eq(releases.id, deployments.releaseId))
    .where(
      and(
        lt(deployments.createdAt, new Date(before)),
        or(isNull(releases.state), notInArray(releases.state, [...UNDER_WAY])),
        or(
          isNull(deploymentStatus.state),
          notInArray(deploymentStatus.state, DEPLOYMENT_STATES.filter(isDeploymentOutcome)),
        ),
      ),
    )
    .orderBy(ANY)
    .limit(limit);
  return rows.map(({ it: { id, project, service, environment }, generation }) => ({
    deploymentId: id,
    key: { project, service, environment },
    hasBegun: generation !== null,
  }));
}

/** See the port. A delivery with a decision is done; one that was refused is tried again after a while. */
async function lostLately(db: Database, since: number, limit: number): Promise<readonly LostRelease[]> {
  const other = alias(releases, 'other');
  const sameService = ofService(other, releases);
  const againKey = sql`${againWorkflowId('')} || ${releases.id}`;
  const released = db
    .select({ id: other.id })
    .from(other)
    .where(and(sameService, eq(other.requestKey, againKey)));
  const decided = db
    .select({ key: decisions.requestKey })
    .from(decisions)
    .where(
      and(
        eq(decisions.requestKey, againKey),
        or(
          sql`${decisions.reason} is distinct from 'refused'`,
          gt(decisions.at, new Date(Date.now() - REFUSED_FOR_MS)),
        ),
      ),
    );
  const times = db
    .select({ times: count() })
    .from(other)
    .where(
      and(
        sameService,
        eq(other.ref, releases.ref),
        eq(other.commit, releases.commit),
        eq(other.byName, false),
        isLost(other),
      ),
    );
  const rows = await db
    .select({ releaseId: releases.id, input: releases.input })
    .from(releases)
    .where(
      and(
        eq(releases.state, 'failed'),
        eq(releases.byName, false),
        isLost(),
        gt(releases.endedAt, new Date(since)),
        notExists(released),
        notExists(decided),
        sql`(${times}) <= ${MOST_AGAIN}`,
      ),
    )
    .orderBy(ANY)
    .limit(limit);
  return rows.map(({ releaseId, input: { actor } }) => ({ releaseId, actor }));
}

/** Matches a release that ended because its workflow was gone. */
const isLost = (of: { readonly failure: AnyPgColumn } = releases) =>
  sql`${of.failure} ->> 'type' = ${FailureType.WorkflowLost}`;

/** A release that was lost; `undefined` for any other. */
export async function findLostRelease(db: Database, releaseId: string): Promise<ReleaseInput | undefined> {
  const [found] = await db
    .select({ input: releases.input })
    .from(releases)
    .where(and(eq(releases.id, releaseId), isNotNull(releases.failure), isLost()));
  return found?.input;
}

async function endBuild(
  db: Database,
  { buildId, at, result }: { readonly buildId: string; readonly at: number; readonly result: BuildResult },
): Promise<void> {
  const { outcome: state } = result;
  const facts =
    result.outcome === 'completed'
      ? { image: result.image, digest: result.digest, builder: result.builder }
      : result.outcome === 'failed'
        ? { failure: result.failure }
        : {};
  await recordBuildState(db, { buildId, state, at, ...facts });
}

async function endDeployment(
  db: Database,
  at: number,
  { deploymentId, outcome: state, failure, urls, healthAttempts, leftovers }: DeploymentResult,
): Promise<void> {
  const why: { failure?: FailureRecord } = failure ? { failure } : {};
  await recordDeploymentState(db, { deploymentId, state, at, urls, healthAttempts, leftovers, ...why });
  // Ends a step that no workflow will end.
  await db
    .update(deploymentSteps)
    .set({ state: state === 'live' ? 'done' : 'failed', endedAt: new Date(at), updatedAt: new Date(at) })
    .where(and(eq(deploymentSteps.deploymentId, deploymentId), eq(deploymentSteps.state, 'running')));
}
