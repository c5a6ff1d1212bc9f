/**
 * The image that a promotion takes: real store, real admission, real workflows; hosts, builds and GitHub are simulated.
 */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { eq } from 'drizzle-orm';
import { createDeliveryActivities } from '../../../activities/admission/admission.activities.ts';
import { createRecallActivities } from '../../../activities/records/recall.activities.ts';
import { createRecordActivities } from '../../../activities/records/records.activities.ts';
import { createTellActivities } from '../../../activities/records/tell.ts';
import { createGitReader } from '../../../activities/source/git-reader.ts';
import type { Trigger } from '../../../contracts/admission/delivery.ts';
import type { GitHubId } from '../../../contracts/core/github-id.ts';
import { deliveryWorkflowId, deploymentId, releaseWorkflowId } from '../../../contracts/core/ids.ts';
import { CONTROL_QUEUE } from '../../../contracts/core/queues.ts';
import { createCatalogue } from '../../../store/queries/catalogue.ts';
import { findLive } from '../../../store/queries/live-deployment.ts';
import type { Database } from '../../../store/open.ts';
import { deploymentStatus, releases } from '../../../store/schema.ts';
import type { delivery } from '../../../workflows/admission/admission.workflow.ts';
import type { release } from '../../../workflows/release/release.workflow.ts';
import { pushTo, sourceAt } from '../../activities/admission/shuffled.ts';
import { openTestStore } from '../../store/support/databases.ts';
import { eventually } from '../../support/eventually.ts';
import { startWorld } from '../world.ts';
import type { World } from '../world.ts';

const FILE = `
version: 1
services: { web: {} }
environments:
  staging: { target: { podman: { hosts: [one], publish: { web: 20080 } } } }
  production: { autoDeploy: false, target: { podman: { hosts: [one], publish: { web: 30080 } } } }
`;
const ANN = { kind: 'github', name: 'ann' } as const;
const heads = new Map<GitHubId, string>();
/** The services of which the store is kept from hearing what is live; their environments go on without it. */
const late = new Set<string>();
let world: World;
let db: Database;

beforeAll(async () => {
  ({ db } = await openTestStore());
  const records = createRecordActivities({ db });
  const gitHub = sourceAt(FILE, (repositoryId) => heads.get(repositoryId) ?? '');
  world = await startWorld({
    hosts: ['one'],
    builders: ['builder'],
    control: {
      ...createDeliveryActivities({ catalogue: createCatalogue(db), source: { gitHub, git: createGitReader() } }),
      ...createTellActivities({
        ...records,
        recordLive: async (record) => (late.has(record.key.project) ? undefined : records.recordLive(record)),
      }),
      ...createRecallActivities({ db }),
    },
  });
});

let repositories = 900;
let deliveries = 0;

/** A service of its own; version n is its commit n, and lands in staging when it is pushed. */
function serviceWithStaging() {
  const repositoryId = String((repositories += 1));
  const project = `r${repositoryId}`;
  const keyOf = (environment: string) => ({ project, service: 'web', environment });
  const commitOf = (n: number) => String(n).repeat(40);
  const host = () => world.hosts.get('one');
  const deliver = (trigger: Trigger) =>
    world.client.workflow.execute<typeof delivery>('delivery', {
      ...{ taskQueue: CONTROL_QUEUE, workflowId: trigger.requestKey, args: [trigger] },
    });
  const nextKey = () => deliveryWorkflowId(`${project}/${String((deliveries += 1))}`);
  const rows = () => db.select().from(releases).where(eq(releases.project, project)).orderBy(releases.sequence);
  const handleOf = async (releaseId: string | undefined) => {
    const row = (await rows()).find(({ id }) => id === releaseId);
    if (!row) throw new Error(`${String(releaseId)} was not released`);
    const { key, commit, sequence } = row.input;
    const workflowId = releaseWorkflowId(key, commit, sequence);
    return { commit, sequence, ended: () => world.client.workflow.getHandle<typeof release>(workflowId).result() };
  };
  const push = async (n: number) => {
    heads.set(repositoryId, commitOf(n));
    const { released } = await deliver(pushTo('main', repositoryId, nextKey()));
    return handleOf(released[0]);
  };
  return {
    ...{ keyOf, commitOf, handleOf, push },
    keepFromTheStore: () => void late.add(project),
    async land(n: number) {
      const pushed = await push(n);
      expect(await pushed.ended()).toMatchObject({ outcome: 'completed', stages: [{ state: 'live' }] });
    },
    /** Holds a version's next call of this activity in staging. */
    hold(n: number, activity: string) {
      const arrived = Promise.withResolvers<undefined>();
      const goOn = Promise.withResolvers<undefined>();
      world.faults.add({
        activity,
        only: ({ input }) => [project, commitOf(n), 'staging'].every((word) => JSON.stringify(input).includes(word)),
        act: async () => {
          arrived.resolve(undefined);
          await goOn.promise;
        },
      });
      return { arrived: arrived.promise, goOn: () => goOn.resolve(undefined) };
    },
    seenLive: (sequence: number) =>
      eventually('everybody to be told that it is live in staging', async () => {
        const id = deploymentId(keyOf('staging'), sequence);
        const [row] = await db.select().from(deploymentStatus).where(eq(deploymentStatus.deploymentId, id));
        return row?.state === 'live' && world.gitHub.states(id).includes('success');
      }),
    promote: () =>
      deliver({
        kind: 'promote',
        requestKey: nextKey(),
        project,
        service: 'web',
        environment: 'production',
        actor: ANN,
      }),
    serving: (environment: string) => host()?.serving(keyOf(environment)),
    /** The live commit in the store. */
    told: async () => (await findLive(db, keyOf('staging')))?.live.commit,
  };
}

describe('a promotion', () => {
  test('takes what everybody has been told is live, while that is still tidied up, though the store does not know it [A6][E9]', async () => {
    const it = serviceWithStaging();
    await it.land(1);
    const before = it.serving('staging');
    it.keepFromTheStore();
    const tidying = it.hold(2, 'finalize');
    const second = await it.push(2);
    await it.seenLive(second.sequence);
    await tidying.arrived;
    expect(await it.told()).toBe(it.commitOf(1));

    const { released } = await it.promote();

    const promoted = await it.handleOf(released[0]);
    expect(promoted.commit).toBe(it.commitOf(2));
    expect(await promoted.ended()).toMatchObject({ outcome: 'completed' });
    expect(it.serving('production')).toBe(it.serving('staging'));
    expect(it.serving('production')).not.toBe(before);
    tidying.goOn();
    expect(await second.ended()).toMatchObject({ outcome: 'completed' });
  });

  test('takes what is live, not what is still being deployed there [A6]', async () => {
    const it = serviceWithStaging();
    await it.land(1);
    const verifying = it.hold(2, 'prove');
    const second = await it.push(2);
    await verifying.arrived;

    const { released } = await it.promote();

    const promoted = await it.handleOf(released[0]);
    expect(promoted.commit).toBe(it.commitOf(1));
    verifying.goOn();
    await promoted.ended();
    await second.ended();
    expect(it.serving('production')).not.toBe(it.serving('staging'));
  });

  test('of what is live there already releases nothing, though the store knows of neither [A6][F1]', async () => {
    const it = serviceWithStaging();
    await it.land(1);
    it.keepFromTheStore();
    await it.land(2);
    const first = await it.promote();
    expect(await (await it.handleOf(first.released[0])).ended()).toMatchObject({ outcome: 'completed' });

    const { released, skipped } = await it.promote();

    expect({ released, skipped }).toEqual({
      released: [],
      skipped: ['what is live in staging is live in production already'],
    });
  });
});
