/**
 * The version to which a rollback without a target goes: real store, real admission, real workflows; hosts and GitHub
 * are simulated.
 */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { eq } from 'drizzle-orm';
import { createDeliveryActivities } from '../../../activities/admission/admission.activities.ts';
import { createRecallActivities } from '../../../activities/records/recall.activities.ts';
import { createRecordActivities } from '../../../activities/records/records.activities.ts';
import { createTellActivities } from '../../../activities/records/tell.ts';
import type { Trigger } from '../../../contracts/admission/delivery.ts';
import { deploymentId, environmentWorkflowId, releaseWorkflowId } from '../../../contracts/core/ids.ts';
import { CONTROL_QUEUE } from '../../../contracts/core/queues.ts';
import { createCatalogue } from '../../../store/queries/catalogue.ts';
import { findLive } from '../../../store/queries/live-deployment.ts';
import { listRollbackTargets } from '../../../store/queries/rollback-targets.ts';
import type { Database } from '../../../store/open.ts';
import { deploymentStatus, releases } from '../../../store/schema.ts';
import type { delivery } from '../../../workflows/admission/admission.workflow.ts';
import {
  environmentState,
  lockEnvironment,
  unlockEnvironment,
} from '../../../workflows/messages/environment.messages.ts';
import type { release } from '../../../workflows/release/release.workflow.ts';
import { openTestStore } from '../../store/support/databases.ts';
import { SETTINGS, draft, environment, gitHub } from '../../store/support/samples.ts';
import { eventually } from '../../support/eventually.ts';
import { fails } from '../../support/simulation/faults.ts';
import { digestOf } from '../../support/simulation/fixtures.ts';
import { startWorld } from '../world.ts';
import type { World } from '../world.ts';

const ANN = { kind: 'github', name: 'ann' } as const;
const BOB = { kind: 'github', name: 'bob' } as const;
let world: World;
let db: Database;
/** Reports that are kept from the store; the environment goes on without it. */
const late = new Set<string>();

beforeAll(async () => {
  ({ db } = await openTestStore());
  const catalogue = createCatalogue(db);
  const records = createRecordActivities({ db });
  world = await startWorld({
    hosts: ['one'],
    control: {
      ...createDeliveryActivities({ catalogue, source: {} as never }),
      ...createTellActivities({
        ...records,
        recordLive: async (record) => (late.has(record.live.commit) ? undefined : records.recordLive(record)),
      }),
      ...createRecallActivities({ db }),
    },
  });
});

let services = 0;
let requests = 0;

/** A service of its own with one environment, in which versions are numbered from 1. */
function serviceWithVersions() {
  services += 1;
  const number = String(services);
  const key = { project: 'p', service: `web${number}`, environment: 'production' };
  const origin = gitHub('5');
  const version = (n: number) => ({
    commit: `${number}${n.toString(16)}`.padStart(40, '0'),
    digest: digestOf(`${key.service} v${String(n)}`),
  });
  /** The store's number of a version's release. */
  const sequences = new Map<number, number>();
  const idOf = (n: number) => deploymentId(key, sequences.get(n) ?? 0);
  const handle = world.client.workflow.getHandle(environmentWorkflowId(key));

  async function begin(n: number, actor = ANN) {
    const { commit, digest } = version(n);
    const image = { image: `registry.test/p/${key.service}@${digest}`, digest, builder: 'dockerfile' };
    const answer = await createCatalogue(db).admit({
      requestKey: `request/${key.service}-${String(n)}`,
      project: 'p',
      source: { origin, defaultBranch: 'main', private: true },
      services: [
        {
          service: key.service,
          branch: 'main',
          settings: SETTINGS,
          environments: [{ settings: environment('production'), branch: 'main', autoDeploy: true }],
        },
      ],
      drafts: [draft('p', key.service, { origin, commit, byName: true, byHand: true, image, actor })],
      ...{ expected: {}, onlyNew: false },
    });
    if (answer.kind !== 'admitted') throw new Error(answer.kind);
    const [input] = answer.releases;
    if (!input) throw new Error('nothing was admitted');
    sequences.set(n, input.sequence);
    return world.client.workflow.start<typeof release>('release', {
      taskQueue: CONTROL_QUEUE,
      workflowId: releaseWorkflowId(input.key, commit, input.sequence),
      args: [input],
    });
  }
  const land = async (n: number, actor = ANN) => {
    expect(await (await begin(n, actor)).result()).toEqual(
      expect.objectContaining({ outcome: 'completed', stages: [expect.objectContaining({ state: 'live' })] }),
    );
  };
  /** Holds the deployment's next call of this activity. */
  function hold(n: number, activity: string) {
    const arrived = Promise.withResolvers<undefined>();
    const goOn = Promise.withResolvers<undefined>();
    world.faults.add({
      activity,
      only: ({ input }) => JSON.stringify(input).includes(version(n).commit),
      act: async () => {
        arrived.resolve(undefined);
        await goOn.promise;
      },
    });
    return { arrived: arrived.promise, goOn: () => goOn.resolve(undefined) };
  }
  const order = (actor: typeof ANN | typeof BOB = ANN) => {
    requests += 1;
    const requestKey = `request/rollback-${String(requests)}`;
    const trigger: Trigger = { kind: 'rollback', requestKey, ...key, to: null, actor };
    return world.client.workflow.execute<typeof delivery>('delivery', {
      taskQueue: CONTROL_QUEUE,
      workflowId: requestKey,
      args: [trigger],
    });
  };
  const ended = async (releaseId: string | undefined) => {
    const [row] = await db
      .select()
      .from(releases)
      .where(eq(releases.id, releaseId ?? ''));
    if (!row) throw new Error(`${String(releaseId)} is not there`);
    const { key: of, commit, sequence } = row.input;
    return world.client.workflow.getHandle<typeof release>(releaseWorkflowId(of, commit, sequence)).result();
  };
  const serving = () => [1, 2, 3, 4].find((n) => version(n).digest === world.hosts.get('one')?.serving(key));
  const seenLive = (n: number) =>
    eventually(`everybody to be told that ${String(n)} is live`, async () => {
      const [row] = await db
        .select()
        .from(deploymentStatus)
        .where(eq(deploymentStatus.deploymentId, idOf(n)));
      return row?.state === 'live' && world.gitHub.states(idOf(n)).includes('success') && serving() === n;
    });
  const isLive = () => handle.query(environmentState).then(({ live }) => live);
  return { key, idOf, version, begin, land, hold, order, ended, serving, seenLive, isLive, handle };
}

describe('a rollback that names no target', () => {
  test('goes back from what everybody has been told is live, while that is still tidied up [A9][E9]', async () => {
    const it = serviceWithVersions();
    await it.land(1);
    await it.land(2);
    const tidying = it.hold(3, 'finalize');
    const third = await it.begin(3);
    await it.seenLive(3);
    await tidying.arrived;

    const { released } = await it.order();
    expect((await listRollbackTargets(db, it.key)).map(({ deploymentId: id }) => id)).toEqual([it.idOf(2), it.idOf(1)]);
    expect((await findLive(db, it.key))?.live.deploymentId).toBe(it.idOf(3));
    tidying.goOn();

    expect((await third.result()).outcome).toBe('completed');
    expect((await it.ended(released[0])).outcome).toBe('completed');
    expect(it.serving()).toBe(2);
  });

  test('goes back from what is live although the store has not heard of it [A9]', async () => {
    const it = serviceWithVersions();
    await it.land(1);
    await it.land(2);
    late.add(it.version(3).commit);
    await it.land(3);
    expect((await findLive(db, it.key))?.live.deploymentId).toBe(it.idOf(2));

    const { released } = await it.order();

    expect((await it.ended(released[0])).outcome).toBe('completed');
    expect(it.serving()).toBe(2);
  });

  test('goes back from what is being deployed, once that is live [A9]', async () => {
    const it = serviceWithVersions();
    await it.land(1);
    await it.land(2);
    const verifying = it.hold(3, 'prove');
    await it.begin(3);
    await verifying.arrived;

    const { released } = await it.order();
    verifying.goOn();

    expect((await it.ended(released[0])).outcome).toBe('completed');
    expect(it.serving()).toBe(2);
  });

  test('does nothing when what was being deployed has failed by itself: what runs is where back was [A9]', async () => {
    const it = serviceWithVersions();
    await it.land(1);
    await it.land(2);
    const preparing = it.hold(3, 'prepare');
    world.faults.add({
      activity: 'switchTo',
      only: ({ input }) => JSON.stringify(input).includes(it.version(3).commit),
      act: fails('PortTaken', 'the port is taken'),
    });
    await it.begin(3);
    await preparing.arrived;

    const { released } = await it.order();
    preparing.goOn();

    const { outcome, failure } = await it.ended(released[0]);
    expect({ outcome, type: failure?.type }).toEqual({ outcome: 'cancelled', type: 'Refused' });
    expect(failure?.message).toBe(
      `${it.idOf(3)} did not go live: ${it.idOf(2)} is what is live, and nothing is to be taken back.`,
    );
    expect(it.serving()).toBe(2);
  });

  test('ordered by two people at once goes one back, and no further [A9][F1]', async () => {
    const it = serviceWithVersions();
    for (const n of [1, 2, 3]) await it.land(n);

    const orders = await Promise.all([it.order(ANN), it.order(BOB)]);

    for (const { released } of orders) expect((await it.ended(released[0])).outcome).toBe('completed');
    expect(it.serving()).toBe(2);
    await expect(it.order()).rejects.toMatchObject({
      cause: { cause: { message: expect.stringMatching(/Name the deployment to go to/) as unknown } },
    });
  });

  test('that waits is decided when its turn comes: back from what is live by then [A9][E9]', async () => {
    const it = serviceWithVersions();
    for (const n of [1, 2, 3]) await it.land(n);
    await it.handle.executeUpdate(lockEnvironment, { args: [{ by: ANN, reason: 'mine', forMs: 600_000 }] });
    const { released } = await it.order(BOB);
    await it.land(4);
    await it.handle.executeUpdate(unlockEnvironment, { args: [{ by: ANN, force: false }] });

    const { stages } = await it.ended(released[0]);

    expect(stages).toMatchObject([{ state: 'superseded' }]);
    await eventually('another one to go back from what is live', () => it.serving() === 3);
    await eventually('it to be live', async () => (await it.isLive())?.rollbackTo === it.idOf(3));
  });

  test('of an environment whose history is gone goes back from what was live [A9][E9]', async () => {
    const it = serviceWithVersions();
    for (const n of [1, 2, 3]) await it.land(n);
    await it.handle.terminate('somebody lost patience');

    const { released } = await it.order();

    expect((await it.ended(released[0])).outcome).toBe('completed');
    expect(it.serving()).toBe(2);
  });
});
