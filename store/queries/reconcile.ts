/** What the store calls under way, and how it is ended when nothing works on it (the `UnderWayLedger` port). */
import { and, count, eq, inArray, isNotNull, isNull, lt, notInArray, or, sql } from 'drizzle-orm';
import { FailureType } from '../../contracts/failures.ts';
import type { FailureRecord } from '../../contracts/failures.ts';
import type { BuildResult } from '../../contracts/build.ts';
import type { DeploymentResult } from '../../contracts/deployment.ts';
import type { ReleaseInput, ReleaseResult } from '../../contracts/release.ts';
import { BUILD_STATES, DEPLOYMENT_STATES, isDeploymentOutcome, isFinalBuild } from '../../contracts/states.ts';
import { onStoreAll } from '../failures.ts';
import type { Database } from '../open.ts';
import { builds, buildStatus, deployments, deploymentStatus, deploymentSteps, releases } from '../schema.ts';
import { recordBuildState } from './record-build.ts';
import { recordDeploymentState } from './record-deployment.ts';
import { recordReleaseResult } from './record-release.ts';

const UNDER_WAY = ['building', 'deploying'] as const;
/** A release that is lost again and again is not what was lost. */
const MOST_AGAIN = 3;

/** Every call throws `StoreUnavailable` (retryable). */
export function createUnderWayLedger(db: Database) {
  return onStoreAll({
    releases: (before: number, limit: number) => sampleReleases(db, before, limit),
    builds: (before: number, limit: number) => sampleBuilds(db, before, limit),
    deployments: (before: number, limit: number) => sampleDeployments(db, before, limit),
    endRelease: (releaseId: string, at: number, result: ReleaseResult) =>
      recordReleaseResult(db, { releaseId, at, result }),
    mayBeReleasedAgain: (release: ReleaseInput) => mayBeReleasedAgain(db, release),
    endBuild: (buildId: string, at: number, result: BuildResult) => endBuild(db, { buildId, at, result }),
    endDeployment: (at: number, result: DeploymentResult) => endDeployment(db, at, result),
  });
}

/** Which of them is left to chance, so that however many there are, each is looked at. */
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

/** Of releases that have ended: one that goes on hears of the end of its deployment, and tells it. */
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

/** Whether it was released by itself, and has not been lost so often that there is another reason. */
async function mayBeReleasedAgain(db: Database, { key, ref, commit, byName }: ReleaseInput): Promise<boolean> {
  if (byName) return false;
  const [lost] = await db
    .select({ times: count() })
    .from(releases)
    .where(
      and(
        eq(releases.project, key.project),
        eq(releases.service, key.service),
        eq(releases.ref, ref),
        eq(releases.commit, commit),
        eq(releases.byName, false),
        isLost(),
      ),
    );
  return (lost?.times ?? 0) <= MOST_AGAIN;
}

/** Of a release that ended because its workflow was gone. */
const isLost = () => sql`${releases.failure} ->> 'type' = ${FailureType.WorkflowLost}`;

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
  // A step that nobody ends any more.
  await db
    .update(deploymentSteps)
    .set({ state: state === 'live' ? 'done' : 'failed', endedAt: new Date(at), updatedAt: new Date(at) })
    .where(and(eq(deploymentSteps.deploymentId, deploymentId), eq(deploymentSteps.state, 'running')));
}
