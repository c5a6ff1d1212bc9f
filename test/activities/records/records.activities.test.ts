import { beforeAll, describe, expect, test } from '@jest/globals';
import { eq, like } from 'drizzle-orm';
import fc from 'fast-check';
import { createRecordActivities } from '../../../activities/records/records.activities.ts';
import type { RecordActivities } from '../../../activities/records/records.port.ts';
import { createTellActivities } from '../../../activities/records/tell.ts';
import { failureOf } from '../../../contracts/core/failures.ts';
import { openStore, type Database } from '../../../store/open.ts';
import { newRelease } from '../../../store/queries/record-release.ts';
import * as tables from '../../../store/schema.ts';
import { emptyDatabase, openTestStore } from '../../store/support/databases.ts';
import { COMMIT, DIGEST, release } from '../../store/support/samples.ts';
import { ENDINGS, story, type Ending } from './story.ts';

/** Each takes some seventy statements. A merge that depends on order shows within the first few. */
const RUNS = 30;

describe('records', () => {
  let db: Database;
  let records: RecordActivities;
  let projects = 0;
  beforeAll(async () => {
    ({ db } = await openTestStore());
    records = createRecordActivities({ db });
  });

  /** Tells it about a project of its own. @returns all rows that came of it, without the project's name */
  async function rowsAfter(ending: Ending, arrange: (told: ReturnType<typeof story>) => ReturnType<typeof story>[]) {
    const project = `p${(projects += 1)}x`;
    await db.insert(tables.releases).values(newRelease(release(project, 1), project, new Date(0)));
    const teller = createTellActivities(records);
    for (const batch of arrange(story(project, ending))) await Promise.all(batch.map((one) => teller.tell([one])));
    return rowsOf(project);
  }

  async function rowsOf(project: string) {
    const mine = `%${project}%`;
    const {
      releases,
      builds,
      buildStatus,
      buildStates,
      images,
      deployments,
      deploymentStatus,
      deploymentSteps,
      environmentLive,
      environmentGates,
      auditEvents,
    } = tables;
    const rows = {
      releases: await db.select().from(releases).where(eq(releases.project, project)),
      builds: await db.select().from(builds).where(eq(builds.project, project)),
      buildStatus: await db.select().from(buildStatus).where(like(buildStatus.buildId, mine)),
      buildStates: await db.select().from(buildStates).where(like(buildStates.buildId, mine)).orderBy(buildStates.at),
      images: await db.select().from(images).where(eq(images.project, project)),
      deployments: await db.select().from(deployments).where(eq(deployments.project, project)),
      deploymentStatus: await db.select().from(deploymentStatus).where(like(deploymentStatus.deploymentId, mine)),
      steps: await db
        .select()
        .from(deploymentSteps)
        .where(like(deploymentSteps.deploymentId, mine))
        .orderBy(deploymentSteps.place),
      live: await db.select().from(environmentLive).where(eq(environmentLive.project, project)),
      gates: await db.select().from(environmentGates).where(eq(environmentGates.project, project)),
      audit: await db
        .select()
        .from(auditEvents)
        .where(like(auditEvents.id, mine))
        .orderBy(auditEvents.at, auditEvents.id),
    };
    return JSON.parse(JSON.stringify(rows).replaceAll(project, 'PROJECT')) as typeof rows;
  }

  test('any order and any repetition of the same records ends in the same rows [A8][A9][B5]', async () => {
    const inOrder = new Map<Ending, Awaited<ReturnType<typeof rowsAfter>>>();
    const arrangement = fc.constantFrom(...ENDINGS).chain((ending) => {
      const { length } = story('any', ending);
      const order = fc.shuffledSubarray([...Array(length).keys()], { minLength: length });
      return fc.record({
        ending: fc.constant(ending),
        order: fc.tuple(order, fc.array(fc.nat(length - 1), { maxLength: 8 })).map((parts) => parts.flat()),
        atOnce: fc.boolean(),
      });
    });
    await fc.assert(
      fc.asyncProperty(arrangement, async ({ ending, order, atOnce }) => {
        const expected = inOrder.get(ending) ?? (await rowsAfter(ending, (told) => told.map((one) => [one])));
        inOrder.set(ending, expected);
        const rows = await rowsAfter(ending, (told) => {
          const arranged = order.flatMap((index) => told[index] ?? []);
          return atOnce ? [arranged] : arranged.map((one) => [one]);
        });
        expect(rows).toEqual(expected);
      }),
      { numRuns: RUNS },
    );
  });

  test('tells who caused what, when, with which artefact [A8]', async () => {
    const { audit } = await rowsAfter({ build: 'completed', deployment: 'rolled_back' }, (told) => [told]);
    expect(
      audit.map(({ action, actor, commit, digest, detail }) => ({ action, actor, commit, digest, detail })),
    ).toEqual([
      { action: 'release.requested', actor: 'github:octocat', commit: COMMIT, digest: null, detail: 'main' },
      { action: 'build.completed', actor: 'github:octocat', commit: COMMIT, digest: DIGEST, detail: null },
      {
        action: 'deployment.rolled_back',
        actor: 'github:octocat',
        commit: COMMIT,
        digest: DIGEST,
        detail: 'It�broke �.',
      },
      { action: 'release.cancel', actor: 'token:ci', commit: null, digest: null, detail: null },
      { action: 'release.failed', actor: 'github:octocat', commit: COMMIT, digest: null, detail: 'It�broke �.' },
    ]);
  });

  test('each state of a build is kept with its time, host and image [B5][A9]', async () => {
    const rows = await rowsAfter({ build: 'completed', deployment: 'live' }, (told) => [told]);
    expect(rows.buildStates.map(({ state }) => state)).toEqual([
      'pending',
      'claimed',
      'cloning',
      'building',
      'pushing',
      'completed',
    ]);
    expect(rows.buildStatus).toMatchObject([
      { state: 'completed', host: 'one', builder: 'dockerfile', digest: DIGEST },
    ]);
    expect(rows.images).toMatchObject([{ digest: DIGEST, builder: 'dockerfile', commit: COMMIT, tags: ['latest'] }]);
    expect(rows.live).toMatchObject([{ live: { generation: 3 }, previous: { generation: 2 } }]);
    expect(rows.releases).toMatchObject([{ state: 'completed', failure: null }]);
  });

  test('a finished build, deployment or release is never moved, whatever is told later [A3][B5]', async () => {
    const before = await rowsAfter({ build: 'completed', deployment: 'live' }, (told) => [told]);
    const project = `p${projects}x`;
    const at = Date.UTC(2027, 0, 1);
    await records.recordBuildState({ buildId: `${project}.web.1`, state: 'cancelled', at });
    await records.recordDeploymentState({
      deploymentId: `${project}.web.production.1`,
      state: 'rolled_back',
      at,
      healthAttempts: 9,
    });
    await records.recordReleaseResult({ releaseId: `${project}.web.1`, at, result: { outcome: 'failed', stages: [] } });
    const after = await rowsOf(project);
    const apartFromTime = { buildStatus: undefined, deploymentStatus: undefined };
    expect({ ...after, ...apartFromTime }).toEqual({ ...before, ...apartFromTime });
    expect(after.buildStatus).toMatchObject([{ state: 'completed' }]);
    expect(after.deploymentStatus).toMatchObject([{ state: 'live', healthAttempts: 2 }]);
  });

  test('an audit event is kept as it was told first [A8]', async () => {
    const event = { id: 'one', at: 1, actor: 'token:ci', action: 'deployment.cancel', subject: 'a.b.c.1' };
    await records.recordAudit(event);
    await records.recordAudit({ ...event, actor: 'somebody else' });
    const kept = await db.select().from(tables.auditEvents).where(eq(tables.auditEvents.id, event.id));
    expect(kept).toMatchObject([{ actor: 'token:ci', at: new Date(1) }]);
  });
});

test('a database that is away is StoreUnavailable, so that the report is repeated [A8]', async () => {
  const store = await openStore({ databaseUrl: await emptyDatabase() });
  const records = createRecordActivities({ db: store.db });
  await store.close();
  const error = await records
    .recordAudit({ id: 'x', at: 1, actor: 'a', action: 'b', subject: 'c' })
    .catch((reason: unknown) => reason);
  expect(failureOf(error)?.type).toBe('StoreUnavailable');
});
