/** Crashes after a deployment has ended. Store, activities of the control plane and workflows are real. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { eq } from 'drizzle-orm';
import { createRecallActivities } from '../../../activities/records/recall.activities.ts';
import { createRecordActivities } from '../../../activities/records/records.activities.ts';
import { createTellActivities } from '../../../activities/records/tell.ts';
import { createWatchActivities } from '../../../activities/watch/watch.activities.ts';
import { environmentWorkflowId } from '../../../contracts/core/ids.ts';
import { logStream } from '../../../contracts/deployment/logs.ts';
import { CONTROL_QUEUE } from '../../../contracts/core/queues.ts';
import type { Database } from '../../../store/open.ts';
import { createLiveLedger } from '../../../store/queries/live-replicas.ts';
import { newRelease } from '../../../store/queries/record-release.ts';
import { findEnvironment, listAudit } from '../../../store/queries/views.ts';
import { deploymentStatus, environments, liveReplicas, releases, services, projects } from '../../../store/schema.ts';
import type { watchLive } from '../../../workflows/maintenance/watch-live.workflow.ts';
import { openTestStore } from '../../store/support/databases.ts';
import { eventually } from '../../support/eventually.ts';
import { deploymentRequest, releaseInput } from '../../support/simulation/fixtures.ts';
import { askEnvironment } from '../../support/simulation/scene.ts';
import { bundleWithTimeouts } from '../../support/timeouts.ts';
import { startWorld } from '../world.ts';
import type { World } from '../world.ts';

const HOSTS = ['host-a', 'host-b'];
let db: Database;
let world: World;
const logged: string[] = [];

beforeAll(async () => {
  ({ db } = await openTestStore());
  await db.insert(projects).values({ name: 'shop', cloneUrl: 'https://git.example/shop.git', createdAt: new Date() });
  const bundle = bundleWithTimeouts({ lookAtLive: { pickUpMs: 2_000 } });
  const logs = {
    append: async (stream: string, lines: readonly { readonly text: string }[]) =>
      void logged.push(...lines.map(({ text }) => `${stream} ${text}`)),
  };
  const control = {
    ...createTellActivities(createRecordActivities({ db })),
    ...createRecallActivities({ db }),
    ...createWatchActivities({ ledger: createLiveLedger(db), logs }),
  };
  world = await startWorld({ hosts: HOSTS, control }, bundle);
});

let watches = 0;
const watch = () =>
  world.client.workflow.execute<typeof watchLive>('watchLive', {
    taskQueue: CONTROL_QUEUE,
    workflowId: `watch-${String((watches += 1))}`,
  });

/** One environment, and deployments to it by number. */
async function environmentOf(service: string, issues = true) {
  const key = { project: 'shop', service, environment: 'production' };
  const settings = deploymentRequest({ key, sequence: 1, hosts: HOSTS }).environment;
  const declared = { project: 'shop', service, branch: 'main', updatedAt: new Date() };
  await db.insert(services).values({ ...declared, declared: false });
  await db
    .insert(environments)
    .values({ ...declared, environment: 'production', settings, autoDeploy: true, production: true });
  return {
    key,
    async deploy(sequence: number): Promise<string> {
      const asked = deploymentRequest({ key, sequence, hosts: HOSTS });
      const environment = { ...asked.environment, ...(issues && { issues: true as const }) };
      const input = releaseInput({ key, sequence, environments: [environment] });
      await db.insert(releases).values(newRelease(input, asked.releaseId, new Date()));
      const { deploymentId } = asked;
      // The release reports it before it sends its request.
      await createRecordActivities({ db }).recordDeployment({ request: asked, at: Date.now() });
      await askEnvironment(world.client, { ...asked, environment });
      await eventually(`${deploymentId} to be live`, async () => (await view())?.live?.deploymentId === deploymentId);
      return deploymentId;
    },
    view,
    issues: () =>
      world.gitHub.issues(key).map(({ cause, failures, closedBy }) => [cause, failures.length, closedBy?.deploymentId]),
    events: async () => (await world.client.workflow.getHandle(environmentWorkflowId(key)).describe()).historyLength,
  };
  function view() {
    return findEnvironment(db, key);
  }
}

const crash = (id: string, restarts: number, hosts = HOSTS) => {
  for (const host of hosts) world.hosts.get(host)?.crash(id, restarts);
};

describe('what is live and crashes in a loop', () => {
  test('is shown and told once, by an issue that the next success closes; nobody is woken for what is well [E8][A8]', async () => {
    const { key, deploy, view, issues, events } = await environmentOf('crashing');
    const one = await deploy(1);
    await watch();
    const before = await events();
    expect((await watch()).told).toEqual([]);
    expect(await events()).toBe(before);
    expect((await view())?.live).not.toHaveProperty('crashing');

    crash(one, 4);
    const { told, away } = await watch();
    expect({ told, away }).toEqual({ told: [one], away: [] });
    await eventually('an issue', () => issues().length === 1);
    crash(one, 40);
    expect((await watch()).told).toEqual([]);

    expect(issues()).toEqual([['CrashLoop', 1, undefined]]);
    expect(world.gitHub.issues(key)[0]?.failures[0]).toMatchObject({
      ...{ deploymentId: one, outcome: 'crash_loop', logPath: `/deployments/${one}` },
      failure: {
        message: expect.stringMatching(/^host-a: .* 4 times within 1 minute\. It exited with code 3\.\nhost-b: /),
      },
    });
    expect((await view())?.live?.crashing).toEqual(
      HOSTS.map((place) => ({
        place,
        since: expect.any(String),
        why: expect.stringContaining(`${place}: its container`),
      })),
    );
    expect(await listAudit(db, { subject: one, limit: 10 })).toEqual(
      expect.arrayContaining([expect.objectContaining({ action: 'deployment.crash_loop', actor: 'system:landfall' })]),
    );
    const lines = logged.filter((line) => line.startsWith(logStream('deployment', one)));
    expect(lines).toHaveLength(2);

    const two = await deploy(2);
    await eventually('it to be closed', () => issues()[0]?.[2] === two);
    await watch();
    expect((await view())?.live).not.toHaveProperty('crashing');
    expect((await db.select().from(liveReplicas)).map(({ deploymentId }) => deploymentId)).not.toContain(one);
  });

  test('is seen although the worker of another host is away, and what is there when that is back [E8][B13]', async () => {
    const { deploy, issues } = await environmentOf('halfway');
    const one = await deploy(1);
    await world.workers.stop('host-b');
    crash(one, 3, ['host-a']);

    expect(await watch()).toMatchObject({ away: ['host-b'], told: [one] });

    await world.workers.start('host-b');
    expect(await watch()).toMatchObject({ away: [], told: [] });
    await eventually('an issue', () => issues().length === 1);
  });

  test('opens no issue where failures open none [E8]', async () => {
    const { deploy, view, issues } = await environmentOf('quiet', false);
    const one = await deploy(1);
    crash(one, 3);

    expect((await watch()).told).toEqual([one]);

    expect((await view())?.live?.crashing).toHaveLength(2);
    expect(issues()).toEqual([]);
    expect((await watch()).told).toEqual([]);
  });
});

const takeDown = (id: string, why: string | null, hosts = HOSTS) => {
  for (const host of hosts) world.hosts.get(host)?.takeDown(id, why);
};

describe('what is live and does not serve', () => {
  const looks = async (times: number) => {
    let told: readonly string[] = [];
    for (let look = 0; look < times; look += 1) told = [...told, ...(await watch()).told];
    return told;
  };

  test('is shown and told once for each outage, by an issue that its serving again closes [E8][A8]', async () => {
    const { key, deploy, view, issues } = await environmentOf('hanging');
    const one = await deploy(1);
    expect(await looks(2)).toEqual([]);

    takeDown(one, 'its container is down (exited), and nothing starts it again.');
    expect(await looks(2)).toEqual([]);
    expect((await view())?.live).not.toHaveProperty('notServing');
    expect(await looks(1)).toEqual([one]);
    expect(await looks(3)).toEqual([]);

    await eventually('an issue', () => issues().length === 1);
    expect(world.gitHub.issues(key)[0]?.failures[0]).toMatchObject({
      ...{ deploymentId: one, outcome: 'not_serving' },
      failure: {
        type: 'NotServing',
        message: expect.stringMatching(/^host-a: its container is down .*\nhost-b: its container is down /),
      },
    });
    expect((await view())?.live?.notServing).toEqual(
      HOSTS.map((place) => ({ place, since: expect.any(String), why: expect.stringContaining('is down (exited)') })),
    );

    // One place alone does not end it.
    takeDown(one, null, ['host-a']);
    expect(await looks(3)).toEqual([]);
    takeDown(one, null);
    expect(await looks(3)).toEqual([one]);
    await eventually('it to be closed', () => issues()[0]?.[2] === one);
    expect((await view())?.live).not.toHaveProperty('notServing');
    expect(await looks(2)).toEqual([]);

    takeDown(one, 'it does not pass its health check.');
    expect(await looks(4)).toEqual([one]);
    await eventually('another issue', () => issues().length === 2);
    const actions = (await listAudit(db, { subject: one, limit: 20 })).map(({ action }) => action);
    expect(actions.filter((action) => action === 'deployment.not_serving')).toHaveLength(2);
    expect(actions.filter((action) => action === 'deployment.serves_again')).toHaveLength(1);
    expect(logged.filter((line) => line.startsWith(logStream('deployment', one)))).toContainEqual(
      expect.stringContaining('host-a serves again.'),
    );

    const two = await deploy(2);
    await eventually('it to be closed', () => issues()[1]?.[2] === two);
  });

  test('closes its issue when it serves again, also where its environment was ended by force meanwhile [E8][F1]', async () => {
    const { key, deploy, issues } = await environmentOf('forgetful');
    const one = await deploy(1);
    takeDown(one, 'its container is down');
    expect(await looks(3)).toEqual([one]);
    await eventually('an issue', () => issues().length === 1);
    await eventually(
      'the store to know that it is live',
      async () => (await createRecallActivities({ db }).recallLive(key))?.live !== null,
    );
    await world.client.workflow.getHandle(environmentWorkflowId(key)).terminate('by force');

    takeDown(one, null);
    expect(await looks(3)).toEqual([one]);
    await eventually('it to be closed', () => issues()[0]?.[2] === one);
  });

  test('is no outage once landfall.yaml does not name its environment any more [E8]', async () => {
    const { key, deploy, issues } = await environmentOf('taken-out');
    const one = await deploy(1);
    await db.delete(environments).where(eq(environments.service, key.service));

    takeDown(one, 'its container is not there any more.');

    expect(await looks(4)).toEqual([]);
    expect(issues()).toEqual([]);
  });

  test('is told as a crash loop where it is one, and as nothing while a deployment is under way [E8]', async () => {
    const { deploy, issues } = await environmentOf('both');
    const one = await deploy(1);
    crash(one, 4);
    takeDown(one, 'its container is down');
    expect(await looks(4)).toEqual([one]);
    await eventually('an issue', () => issues().length === 1);
    expect(issues().map(([cause]) => cause)).toEqual(['CrashLoop']);

    const other = await environmentOf('changing');
    const first = await other.deploy(1);
    takeDown(first, 'its container is down');
    await db.insert(deploymentStatus).values({
      deploymentId: 'shop.changing.production.9',
      state: 'switching',
      updatedAt: new Date(),
    });
    const request = deploymentRequest({ key: other.key, sequence: 9, hosts: HOSTS });
    await createRecordActivities({ db }).recordDeployment({ request, at: Date.now() });
    expect(await looks(4)).toEqual([]);
    await db
      .update(deploymentStatus)
      .set({ state: 'failed' })
      .where(eq(deploymentStatus.deploymentId, request.deploymentId));
    expect(await looks(3)).toEqual([first]);
  });
});
