import { describe, expect, test } from '@jest/globals';
import { eq, like } from 'drizzle-orm';
import fc from 'fast-check';
import { createRecordActivities } from '../../../activities/records/records.activities.ts';
import { createTellActivities } from '../../../activities/records/tell.ts';
import { failureOf } from '../../../contracts/failures.ts';
import { openStore } from '../../../store/open.ts';
import { newRelease } from '../../../store/queries/record-release.ts';
import * as tables from '../../../store/schema.ts';
import { DATABASES, emptyDatabase, openTestStore } from '../../store/support/databases.ts';
import { COMMIT, DIGEST, release } from '../../store/support/samples.ts';
import { ENDINGS, story, type Ending } from './story.ts';

/** More would find no more: every pair of neighbours is swapped, every record repeated, within these. */
const RUNS = 12;

describe.each(DATABASES)('records on %s', (name) => {
  async function open() {
    const { db } = await openTestStore(name);
    const records = createRecordActivities({ db });
    const { tell } = createTellActivities(records);
    let projects = 0;

    /** Tells it about a project of its own. @returns all rows that came of it, without the project's name */
    async function rowsAfter(ending: Ending, arrange: (told: ReturnType<typeof story>) => ReturnType<typeof story>[]) {
      const project = `p${(projects += 1)}x`;
      await db.insert(tables.releases).values(newRelease(release(project, 1), project, new Date(0)));
      for (const batch of arrange(story(project, ending))) await Promise.all(batch.map((one) => tell([one])));
      return rowsOf(project);
    }

    async function rowsOf(project: string) {
      const mine = `%${project}%`;
      const { releases, builds, buildStatus, buildStates, images, deployments, deploymentStatus, deploymentSteps, environmentLive, auditEvents } = tables; // prettier-ignore
      const rows = {
        releases: await db.select().from(releases).where(eq(releases.project, project)),
        builds: await db.select().from(builds).where(eq(builds.project, project)),
        buildStatus: await db.select().from(buildStatus).where(like(buildStatus.buildId, mine)),
        buildStates: await db.select().from(buildStates).where(like(buildStates.buildId, mine)).orderBy(buildStates.at),
        images: await db.select().from(images).where(eq(images.project, project)),
        deployments: await db.select().from(deployments).where(eq(deployments.project, project)),
        deploymentStatus: await db.select().from(deploymentStatus).where(like(deploymentStatus.deploymentId, mine)),
        steps: await db.select().from(deploymentSteps).where(like(deploymentSteps.deploymentId, mine)).orderBy(deploymentSteps.place), // prettier-ignore
        live: await db.select().from(environmentLive).where(eq(environmentLive.project, project)),
        audit: await db.select().from(auditEvents).where(like(auditEvents.id, mine)).orderBy(auditEvents.at, auditEvents.id), // prettier-ignore
      };
      return JSON.parse(JSON.stringify(rows).replaceAll(project, 'PROJECT')) as typeof rows;
    }

    return { db, records, rowsAfter };
  }

  test('any order and any repetition of the same records ends in the same rows [A8][A9][B5]', async () => {
    const { rowsAfter } = await open();
    for (const ending of ENDINGS) {
      const expected = await rowsAfter(ending, (told) => told.map((one) => [one]));
      const length = story('any', ending).length;
      const order = fc.shuffledSubarray([...Array(length).keys()], { minLength: length });
      const repeated = fc.array(fc.nat(length - 1), { maxLength: 8 });
      await fc.assert(
        fc.asyncProperty(order, repeated, fc.boolean(), async (first, again, atOnce) => {
          const rows = await rowsAfter(ending, (told) => {
            const arranged = [...first, ...again].flatMap((index) => told[index] ?? []);
            return atOnce ? [arranged] : arranged.map((one) => [one]);
          });
          expect(rows).toEqual(expected);
        }),
        { numRuns: RUNS },
      );
    }
  });

  test('tells who caused what, when, with which artefact [A8]', async () => {
    const { rowsAfter } = await open();
    const { audit } = await rowsAfter({ build: 'completed', deployment: 'rolled_back' }, (told) => [told]);
    expect(
      audit.map(({ action, actor, commit, digest, detail }) => ({ action, actor, commit, digest, detail })),
    ).toEqual([
      { action: 'release.requested', actor: 'github:octocat', commit: COMMIT, digest: null, detail: 'main' },
      { action: 'build.completed', actor: 'github:octocat', commit: COMMIT, digest: DIGEST, detail: null },
      { action: 'deployment.rolled_back', actor: 'github:octocat', commit: COMMIT, digest: DIGEST, detail: 'It�broke �.' }, // prettier-ignore
      { action: 'release.cancel', actor: 'token:ci', commit: null, digest: null, detail: null },
      { action: 'release.failed', actor: 'github:octocat', commit: COMMIT, digest: null, detail: 'It�broke �.' },
    ]);
  });

  test('each state of a build is kept with its time, host and image [B5][A9]', async () => {
    const { rowsAfter } = await open();
    const rows = await rowsAfter({ build: 'completed', deployment: 'live' }, (told) => [told]);
    expect(rows.buildStates.map(({ state }) => state)).toEqual(['pending', 'claimed', 'cloning', 'building', 'pushing', 'completed']); // prettier-ignore
    expect(rows.buildStatus).toMatchObject([
      { state: 'completed', host: 'one', builder: 'dockerfile', digest: DIGEST },
    ]);
    expect(rows.images).toMatchObject([{ digest: DIGEST, builder: 'dockerfile', commit: COMMIT, tags: ['latest'] }]);
    expect(rows.live).toMatchObject([{ live: { generation: 3 }, previous: { generation: 2 } }]);
    expect(rows.releases).toMatchObject([{ state: 'completed', failure: null }]);
  });

  test('a finished build or deployment is never moved, whatever is told later [A3][B5]', async () => {
    const { db, records, rowsAfter } = await open();
    const before = await rowsAfter({ build: 'completed', deployment: 'live' }, (told) => [told]);
    const at = Date.UTC(2027, 0, 1);
    await records.recordBuildState({ buildId: 'p1x.web.1', state: 'cancelled', at });
    await records.recordDeploymentState({ deploymentId: 'p1x.web.production.1', state: 'rolled_back', at, healthAttempts: 9 }); // prettier-ignore
    await records.recordReleaseResult({ releaseId: 'p1x.web.1', at, result: { outcome: 'failed', stages: [] } });
    const [build] = await db.select().from(tables.buildStatus);
    const [deployment] = await db.select().from(tables.deploymentStatus);
    const [ended] = await db.select().from(tables.releases);
    expect(build?.state).toBe('completed');
    expect(deployment).toMatchObject({ state: 'live', healthAttempts: 2 });
    expect(ended?.state).toBe('completed');
    expect(await db.select().from(tables.buildStates)).toHaveLength(before.buildStates.length);
    expect(await db.select().from(tables.auditEvents)).toHaveLength(before.audit.length);
  });

  test('an audit event is kept as it was told first [A8]', async () => {
    const { db, records } = await open();
    const event = { id: 'one', at: 1, actor: 'token:ci', action: 'deployment.cancel', subject: 'a.b.c.1' };
    await records.recordAudit(event);
    await records.recordAudit({ ...event, actor: 'somebody else' });
    expect(await db.select().from(tables.auditEvents)).toMatchObject([{ actor: 'token:ci', at: new Date(1) }]);
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
