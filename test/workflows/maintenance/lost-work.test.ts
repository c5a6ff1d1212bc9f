/**
 * Temporal loses data, or a person ends a workflow by force: work that the store calls under way and that no workflow
 * carries on is ended, and still lands if it came by itself. Admission, store, Temporal and workflows are real.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { GitHubId } from '../../../contracts/core/github-id.ts';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { eq } from 'drizzle-orm';
import { createDeliveryActivities } from '../../../activities/admission/admission.activities.ts';
import { createRecallActivities } from '../../../activities/records/recall.activities.ts';
import { createRecordActivities } from '../../../activities/records/records.activities.ts';
import { createTellActivities } from '../../../activities/records/tell.ts';
import type { Engine, UnderWayLedger } from '../../../activities/repair/reconcile.port.ts';
import { createReconcileActivities } from '../../../activities/repair/reconcile.activities.ts';
import { createGitReader } from '../../../activities/source/git-reader.ts';
import { createEngineStatus } from '../../../api/temporal/engine-status.ts';
import type { BuildInput } from '../../../contracts/deployment/build.ts';
import {
  buildWorkflowId,
  commandWorkflowId,
  deliveryWorkflowId,
  deploymentWorkflowId,
  environmentWorkflowId,
  headWorkflowId,
  releaseWorkflowId,
} from '../../../contracts/core/ids.ts';
import { orderPrefix, type CommentCommand } from '../../../contracts/github/comment.ts';
import { readCommand } from '../../../contracts/github/read-command.ts';
import type { CheckClick, SuiteClick } from '../../../contracts/github/check-run.ts';
import { workflowIdOf, workflowOf as typeOf, type InboxEvent } from '../../../contracts/inbox/inbox-event.ts';
import { skipped } from '../../../contracts/admission/decision.ts';
import { CONTROL_QUEUE } from '../../../contracts/core/queues.ts';
import type { ReleaseInput } from '../../../contracts/deployment/release.ts';
import { where } from '../../../infra/dev/locate.ts';
import type { Database } from '../../../store/open.ts';
import { createCatalogue } from '../../../store/queries/catalogue.ts';
import { recordDecisions } from '../../../store/queries/decisions.ts';
import { createRepairLedger } from '../../../store/queries/repair.ts';
import { createUnderWayLedger } from '../../../store/queries/reconcile.ts';
import { recordRelease } from '../../../store/queries/record-release.ts';
import { findBuild, findDeployment } from '../../../store/queries/release-views.ts';
import { acceptDelivery, markHandedOver } from '../../../store/queries/inbox.ts';
import { deliveries, releases } from '../../../store/schema.ts';
import type { delivery } from '../../../workflows/admission/admission.workflow.ts';
import type { repairDeliveries } from '../../../workflows/maintenance/repair-deliveries.workflow.ts';
import { FIRST, SECOND, pushTo, sourceAt } from '../../activities/admission/shuffled.ts';
import { openTestStore } from '../../store/support/databases.ts';
import { release as sample } from '../../store/support/samples.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { fails } from '../../support/simulation/faults.ts';
import { eventually } from '../../support/eventually.ts';
import { testRun } from '../../support/run.ts';
import { startWorld } from '../world.ts';
import type { World } from '../world.ts';

const FILE = `
version: 1
services: { web: {} }
environments: { production: { target: { podman: { hosts: [host-a], publish: { web: 20080 } } } } }
`;

let db: Database;
let world: World;
let grace = 0;
/** Faults in an activity's view of the store and of Temporal. */
let trouble: { readonly ledger?: Partial<UnderWayLedger>; readonly engine?: Partial<Engine> } = {};
const heads = new Map<GitHubId, string>();
/** Held where it is built, or at the first step of its deployment, as long as its project is in one of these. */
const building = new Map<string, PromiseWithResolvers<undefined>>();
const deploying = new Map<string, PromiseWithResolvers<undefined>>();

beforeAll(async () => {
  ({ db } = await openTestStore());
  const gitHub = sourceAt(FILE, (repositoryId) => heads.get(repositoryId) ?? FIRST);
  world = await startWorld({
    hosts: ['host-a'],
    builders: ['builder'],
    control: {
      ...createDeliveryActivities({ catalogue: createCatalogue(db), source: { gitHub, git: createGitReader() } }),
      ...createTellActivities(createRecordActivities({ db })),
      ...createRecallActivities({ db }),
      endLost: () => reconcile().endLost(),
    },
  });
  onCleanup(() => [...building.values(), ...deploying.values()].forEach(({ resolve }) => resolve(undefined)));
  const held = (gates: ReadonlyMap<string, PromiseWithResolvers<undefined>>, project: string) =>
    gates.get(project)?.promise.then(() => undefined);
  world.faults.add({
    activity: 'buildImage',
    act: ({ input }) => held(building, (input as { readonly build: BuildInput }).build.key.project),
  });
  world.faults.add({
    activity: 'prepare',
    act: ({ input }) => held(deploying, (input as { readonly key: { readonly project: string } }).key.project),
  });
});

/** Runs the schedule's activity now. */
function reconcile() {
  const underWay = { ...createUnderWayLedger(db), ...trouble.ledger };
  const engine = { ...createEngineStatus(world.client), ...trouble.engine };
  return createReconcileActivities({ underWay, engine, graceMs: grace });
}

let runs = 0;
/** A run of the schedule. @returns what it ended */
const repair = async () => {
  const { lost } = await world.client.workflow.execute<typeof repairDeliveries>('repairDeliveries', {
    ...{ taskQueue: CONTROL_QUEUE, workflowId: `repair-${String((runs += 1))}`, args: [] },
  });
  return lost;
};

let repositories = 100;
function repository() {
  const repositoryId = String((repositories += 1));
  const project = `r${repositoryId}`;
  const rows = () => db.select().from(releases).where(eq(releases.project, project)).orderBy(releases.sequence);
  return {
    ...{ project, repositoryId, rows },
    key: { project, service: 'web', environment: 'production' },
    async push(requestKey = deliveryWorkflowId(`${project}/push`)) {
      await world.client.workflow.execute<typeof delivery>('delivery', {
        ...{ taskQueue: CONTROL_QUEUE, workflowId: requestKey },
        args: [pushTo('main', repositoryId, requestKey)],
      });
      const [row] = (await rows()).slice(-1);
      return row as NonNullable<typeof row>;
    },
  };
}

const workflowOf = ({ key, commit, sequence }: ReleaseInput) =>
  world.client.workflow.getHandle(releaseWorkflowId(key, commit, sequence));

describe('a release whose workflow is gone', () => {
  test('is ended as lost and released again, once, while its commit is the head; that one lands [F1][B1]', async () => {
    const { project, rows, push } = repository();
    const gate = Promise.withResolvers<undefined>();
    building.set(project, gate);
    const { input, id } = await push();
    const build = world.client.workflow.getHandle(buildWorkflowId(id));
    await eventually('its build to begin', () =>
      build.describe().then(
        () => true,
        () => false,
      ),
    );
    await build.terminate('Temporal has lost it');
    await workflowOf(input).terminate('Temporal has lost it');
    building.delete(project);
    gate.resolve(undefined);

    await Promise.all([repair(), repair()]);
    await repair();

    const [lost, again] = await eventually('it to land', async () => {
      const all = await rows();
      return all[1]?.state === 'completed' && all;
    });
    expect(await rows()).toHaveLength(2);
    expect(lost).toMatchObject({
      state: 'failed',
      failure: { type: 'WorkflowLost', message: expect.stringContaining('terminated') },
    });
    expect(again).toMatchObject({ commit: FIRST, actorName: input.actor.name, byName: false });
    expect(await findBuild(db, id)).toMatchObject({ state: 'failed', failure: { type: 'WorkflowLost' } });
  });

  test('is only ended where the branch has moved on, or where somebody asked for it by name [F1]', async () => {
    const { repositoryId, rows, push, project } = repository();
    building.set(project, Promise.withResolvers());
    const { input } = await push();
    await workflowOf(input).terminate('by force');
    heads.set(repositoryId, SECOND);
    // Temporal has never heard of it: it was put back as it was before.
    const named = { ...sample(`n${repositoryId}`, 7), byName: true };
    await recordRelease(db, named);
    await db
      .update(releases)
      .set({ createdAt: new Date(0) })
      .where(eq(releases.id, named.releaseId));

    await repair();

    const stateOf = async (id: string) =>
      (await db.select().from(releases).where(eq(releases.id, id))).map(({ state, failure }) => [state, failure?.type]);
    expect(await stateOf(input.releaseId)).toEqual([['failed', 'WorkflowLost']]);
    expect(await stateOf(named.releaseId)).toEqual([['failed', 'WorkflowLost']]);
    await eventually('it to be decided', async () => {
      const handle = world.client.workflow.getHandle(`again/${input.releaseId}`);
      return (await handle.describe()).status.name === 'COMPLETED';
    });
    expect(await rows()).toHaveLength(1);
  });

  test('is left alone when it has just begun, while it runs, and while its delivery does [F1]', async () => {
    const { project, push } = repository();
    building.set(project, Promise.withResolvers());
    const { input, id } = await push();
    const state = async () => (await db.select().from(releases).where(eq(releases.id, id)))[0]?.state;
    await repair();
    expect(await state()).toBe('building');

    await workflowOf(input).terminate('by force');
    grace = 600_000;
    await repair();
    grace = 0;
    expect(await state()).toBe('building');

    // Its delivery runs again, and would begin it.
    await world.client.workflow.start('repairDeliveries', {
      ...{ taskQueue: 'nobody listens', workflowId: deliveryWorkflowId(`${project}/push`), args: [] },
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    });
    await repair();
    expect(await state()).toBe('building');
  });

  test('that has ended, which the store has not heard, is ended as it has [F1]', async () => {
    const { push, rows } = repository();
    const { input, id } = await push();
    await workflowOf(input).result();
    await eventually('it to be told', async () => (await rows())[0]?.state === 'completed');
    await db.update(releases).set({ state: 'building', endedAt: null }).where(eq(releases.id, id));
    await repair();
    expect(await rows()).toMatchObject([{ state: 'completed', failure: null }]);
  });

  test('is released again although the run that ended it died before it could say so, or cannot look at others [F1]', async () => {
    const [it, other] = [repository(), repository()];
    for (const { project } of [it, other]) building.set(project, Promise.withResolvers());
    const [{ input, id }, stuck] = [await it.push(), await other.push()];
    await workflowOf(input).terminate('by force');
    building.get(it.project)?.resolve(undefined);
    building.delete(it.project);
    const { lostLately } = createUnderWayLedger(db);
    const { standing } = createEngineStatus(world.client);
    const { key, commit, sequence } = stuck.input;
    let runsBefore = 0;
    trouble = {
      ledger: {
        // After all ends are written, every time that Temporal tries this run.
        lostLately: async (since, limit) => {
          runsBefore += 1;
          if (runsBefore <= 3) throw new Error('the worker dies');
          return lostLately(since, limit);
        },
      },
      engine: {
        standing: async (workflowId) => {
          if (workflowId === releaseWorkflowId(key, commit, sequence)) throw new Error('Temporal says nothing of it');
          return standing(workflowId);
        },
      },
    };
    expect(await repair()).toBeNull();
    expect(await it.rows()).toMatchObject([{ id, state: 'failed', failure: { type: 'WorkflowLost' } }]);

    expect(await repair()).toMatchObject({ error: 'Temporal says nothing of it' });
    trouble = {};
    await eventually('it to land', async () => (await it.rows())[1]?.state === 'completed');
    expect(await repair()).toMatchObject({
      again: expect.not.arrayContaining([expect.objectContaining({ releaseId: id })]),
    });
  });

  test('that Temporal calls cancelled ends as cancelled, and is not released again [F1][F5]', async () => {
    const named = { ...sample('cancelled', 7), byName: false };
    await recordRelease(db, named);
    await db
      .update(releases)
      .set({ createdAt: new Date(0) })
      .where(eq(releases.id, named.releaseId));
    trouble = {
      engine: {
        standing: async (workflowId) =>
          workflowId === releaseWorkflowId(named.key, named.commit, named.sequence)
            ? { kind: 'ended', status: 'CANCELLED', endedAt: 0 }
            : createEngineStatus(world.client).standing(workflowId),
      },
    };
    const lost = await repair();
    trouble = {};
    const found = await db.select().from(releases).where(eq(releases.id, named.releaseId));
    expect(found).toMatchObject([{ state: 'cancelled', failure: null }]);
    expect(lost?.again.map(({ releaseId }) => releaseId)).not.toContain(named.releaseId);
  });

  test('again and again is not released without end [F1]', async () => {
    const { project, push, rows } = repository();
    building.set(project, Promise.withResolvers());
    await push();
    for (let round = 0; round < 6; round += 1) {
      const before = await rows();
      const newest = before.at(-1);
      if (newest?.state !== 'building') break;
      await workflowOf(newest.input).terminate('again');
      await repair();
      await world.client.workflow
        .getHandle(`again/${newest.id}`)
        .result()
        .catch(() => undefined);
    }
    const all = await rows();
    expect(all.map(({ state }) => state)).toEqual(Array.from({ length: 4 }, () => 'failed'));
  });
});

describe('a head whose delivery failed', () => {
  test('is delivered again once what kept it from being looked at is mended [B1][F1]', async () => {
    const { repositoryId, rows } = repository();
    const head = { repositoryId, repository: `acme/r${repositoryId}`, installationId: '7', branch: 'main' };
    const deliver = async () => {
      world.events.moved.push({ ...head, commit: FIRST });
      await repair();
      await world.client.workflow
        .getHandle(`head/${repositoryId}/main/${FIRST}`)
        .result()
        .catch(() => undefined);
    };
    const undo = world.faults.add({
      activity: 'admit',
      act: fails('GitHubForbidden', 'the App may not read contents'),
    });
    await deliver();
    expect(await rows()).toEqual([]);
    undo();
    await deliver();
    await deliver();
    expect(await rows()).toHaveLength(1);
  });

  test('is looked at again after ten minutes, not with every run [B1]', async () => {
    const head = { repositoryId: '9001', branch: 'main', commit: SECOND };
    const ledger = createRepairLedger(db, 9);
    const refusedAt = (at: number) =>
      recordDecisions(db, {
        ...{ requestKey: headWorkflowId(head), cause: 'push', actor: 'github:github', at },
        ...{ repositoryId: head.repositoryId, decisions: [skipped('refused', 'GitHub said no')] },
      });
    await refusedAt(Date.now() - 11 * 60_000);
    expect(await ledger.isDecided(head)).toBe(false);
    await refusedAt(Date.now());
    expect(await ledger.isDecided(head)).toBe(true);
  });
});

test('a deployment that nobody works on and whose release has ended is ended, and says what to do [F1]', async () => {
  const { project, key, push } = repository();
  const gate = Promise.withResolvers<undefined>();
  deploying.set(project, gate);
  const { input } = await push();
  const id = `${project}.web.production.${String(input.sequence)}`;
  await eventually('it to run', async () => (await findDeployment(db, id))?.state === 'preparing');
  const environment = world.client.workflow.getHandle(environmentWorkflowId(key));

  await workflowOf(input).terminate('by force');
  await repair();
  // Its environment still works on it.
  expect(await findDeployment(db, id)).toMatchObject({ state: 'preparing' });

  await environment.terminate('by force');
  await world.client.workflow.getHandle(deploymentWorkflowId(id)).terminate('by force');
  await repair();
  expect(await findDeployment(db, id)).toMatchObject({
    state: 'rollback_failed',
    failure: { type: 'WorkflowLost', message: expect.stringContaining('deploy again') },
    steps: expect.not.arrayContaining([expect.objectContaining({ state: 'running' })]),
  });
  gate.resolve(undefined);
});

test('what somebody has paused at Temporal is not lost: a release, and what waits in an environment [F1]', async () => {
  const { project, key, repositoryId, push, rows } = repository();
  const [building1, deploying1] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  deploying.set(project, deploying1);
  const first = await push();
  await eventually('the first one to run', async () => {
    const id = `${project}.web.production.${String(first.input.sequence)}`;
    return (await findDeployment(db, id))?.state === 'preparing';
  });
  heads.set(repositoryId, SECOND);
  const { input } = await push(deliveryWorkflowId(`${project}/second`));
  const waits = `${project}.web.production.${String(input.sequence)}`;
  await eventually('the second one to wait', async () => (await findDeployment(db, waits)) !== undefined);
  // The lost part of it is not to be released again.
  heads.set(repositoryId, '3'.repeat(40));
  building.set(project, building1);
  const third = await push(deliveryWorkflowId(`${project}/third`));
  await workflowOf(input).terminate('by force');
  const paused = [environmentWorkflowId(key), workflowOf(third.input).workflowId];
  for (const workflowId of paused) await inTemporal('pause', workflowId);
  const standing = () => Promise.all(paused.map((id) => world.client.workflow.getHandle(id).describe()));
  expect((await standing()).map(({ status }) => status.name)).toEqual(['PAUSED', 'PAUSED']);

  expect(await repair()).not.toHaveProperty('error');

  expect((await rows()).map(({ state }) => state)).toEqual(['deploying', 'failed', 'building']);
  expect(await findDeployment(db, waits)).toMatchObject({ failure: null });
  for (const workflowId of paused) await inTemporal('unpause', workflowId);
  for (const { resolve } of [building1, deploying1]) resolve(undefined);
  await workflowOf(third.input).result();
});

/** Pauses or resumes it like an operator. */
const inTemporal = (what: 'pause' | 'unpause', workflowId: string) =>
  promisify(execFile)(where('temporal'), [
    ...['workflow', what, '--workflow-id', workflowId, '--reason', 'an incident'],
    ...['--address', testRun().temporal, '--namespace', world.client.options.namespace],
  ]);

describe('a delivery whose workflow is gone', () => {
  let comments = 0;
  /** Received, and taken by Temporal. */
  async function handedOver(handover: InboxEvent, receivedAt = new Date(Date.now() - 1_000)) {
    const deliveryId = `lost-${String((comments += 1))}`;
    const delivery = {
      ...{ appId: 1, deliveryId, event: 'any', action: null, repository: null, ref: null },
      receivedAt,
    };
    await acceptDelivery(db, { ...delivery, meaning: { trigger: handover } });
    await markHandedOver(db, 1, [deliveryId], receivedAt);
    const rows = async () => db.select().from(deliveries).where(eq(deliveries.deliveryId, deliveryId));
    return { deliveryId, row: async () => (await rows())[0] };
  }
  function comment(text: string): CommentCommand {
    const conversation = {
      repositoryId: '7',
      repository: 'acme/shop',
      installationId: '9',
      number: 3,
      isPullRequest: true,
    };
    const commentId = String((comments += 1));
    const asked = readCommand(text);
    if (!asked) throw new Error(`${text} is no command`);
    const actor = { kind: 'github', name: 'ada' } as const;
    const orderId = `${orderPrefix(conversation)}${commentId}`;
    return { kind: 'command', orderId, conversation, commentId, commentedAt: Date.now(), asked, actor };
  }
  const repliesTo = ({ orderId }: CommentCommand) => world.people.replies.get(`${orderId}-lost`);
  const begin = (one: CommentCommand, taskQueue = 'nobody listens') =>
    world.client.workflow.start('command', { taskQueue, workflowId: commandWorkflowId(one.orderId), args: [one] });

  test('as a command is told to its author once, and is carried out by nobody [F1][D1]', async () => {
    const [unknown, ended] = [comment('/rollback'), comment('/deploy')];
    const rows = [await handedOver(unknown), await handedOver(ended)];
    await (await begin(ended)).terminate('by force');
    await Promise.all([repair(), repair()]);
    for (const one of [unknown, ended]) {
      expect(await eventually('the reply', () => repliesTo(one))).toEqual([expect.stringContaining('was lost')]);
      await world.client.workflow.getHandle(commandWorkflowId(`${one.orderId}-lost`)).result();
    }
    const lost = await repair();
    expect(lost?.unanswered).toEqual([]);
    for (const { row } of rows) expect(await row()).toMatchObject({ settledAt: expect.any(Date) });
    expect(repliesTo(unknown)).toHaveLength(1);
  });

  test('is not, while it runs, when it has come to its end, and when it has long been forgotten [F1]', async () => {
    const [running, done, old] = [comment('/status'), comment('/help'), comment('/deploy')];
    const rows = [await handedOver(running), await handedOver(done)];
    const forgotten = await handedOver(old, new Date(Date.now() - 13 * 3_600_000));
    await begin(running);
    await (await begin(done, CONTROL_QUEUE)).result();
    expect((await repair())?.unanswered).toEqual([]);
    expect(await Promise.all(rows.map(async ({ row }) => (await row())?.settledAt))).toEqual([null, expect.any(Date)]);
    expect(await forgotten.row()).toMatchObject({ state: 'handed_over', settledAt: null });
  });

  let clicks = 0;
  const clickBy = { kind: 'github', name: 'ada' } as const;
  const clicked = () => {
    const orderId = `click-${String((clicks += 1))}`;
    const where = { repositoryId: '7', repository: 'acme/shop', installationId: '9' };
    return { requestKey: deliveryWorkflowId(orderId), orderId, ...where, commit: FIRST, actor: clickBy };
  };
  const onRun = (checkRunId: string): CheckClick => ({
    ...{ kind: 'check', wanted: 'roll-back', checkRunId, ...clicked() },
    subject: { kind: 'deployment', id: 'shop.web.production.1' },
  });
  const onSuite = (checkSuiteId: string): SuiteClick => ({ kind: 'check-suite', checkSuiteId, ...clicked() });
  const notesOn = (id: string) => world.gitHub.notes.filter(({ checkRunId }) => checkRunId === id);

  test.each([
    ['a button', onRun('8101')],
    ['"Re-run all checks"', onSuite('8102')],
  ])(
    'as a click on %s that Temporal has lost is handed over again, until it has come to its end [A7][F1]',
    async (_, click) => {
      const { row, deliveryId } = await handedOver(click);
      await repair();
      expect(await row()).toMatchObject({ state: 'received', nextAttemptAt: expect.any(Date), settledAt: null });
      // Starts it like the inbox.
      const options = { taskQueue: CONTROL_QUEUE, workflowId: workflowIdOf(click, deliveryId), args: [click] };
      await world.client.workflow.execute(typeOf(click), options);
      await markHandedOver(db, 1, [deliveryId], new Date(Date.now() - 1_000));
      await Promise.all([repair(), repair()]);
      expect(await row()).toMatchObject({ state: 'handed_over', settledAt: expect.any(Date) });
    },
  );

  test.each([
    ['a button', '8103', onRun('8103')],
    ['"Re-run all checks"', '8105', onSuite('8104')],
  ])(
    'as a click on %s whose workflow was ended by force is answered there, once [A7][F1]',
    async (_, shownOn, click) => {
      world.gitHub.suites.set('8104', [{ checkRunId: '8105', subject: { kind: 'build', id: 'shop.web.7' } }]);
      const { row, deliveryId } = await handedOver(click);
      const options = { taskQueue: 'nobody listens', workflowId: workflowIdOf(click, deliveryId), args: [click] };
      await (await world.client.workflow.start(typeOf(click), options)).terminate('by force');
      await Promise.all([repair(), repair()]);
      await world.client.workflow.getHandle(deliveryWorkflowId(`${click.orderId}-lost`)).result();
      expect((await repair())?.unansweredClicks).toEqual([]);
      expect(await row()).toMatchObject({ state: 'handed_over', settledAt: expect.any(Date) });
      expect(notesOn(shownOn)).toMatchObject([{ note: expect.stringMatching(/^ada pressed ".*": it was lost/) }]);
    },
  );

  test('as a push that Temporal has lost is handed over again; one that was ended by force is not [B1][F1]', async () => {
    const requestKey = deliveryWorkflowId('a-lost-push');
    const push = pushTo('main', '8000', requestKey);
    const [lost, ended] = [await handedOver(push), await handedOver(push)];
    const handle = await world.client.workflow.start('delivery', {
      ...{ taskQueue: 'nobody listens', workflowId: deliveryWorkflowId(ended.deliveryId), args: [push] },
    });
    await handle.terminate('by force');
    await repair();
    expect(await lost.row()).toMatchObject({ state: 'received', nextAttemptAt: expect.any(Date) });
    expect(await ended.row()).toMatchObject({ state: 'handed_over', settledAt: expect.any(Date) });
  });

  test('as a push that has released something is not handed over again: its release is looked after by itself [B1][F1]', async () => {
    const lost = await handedOver(pushTo('main', '8001', deliveryWorkflowId('released')));
    const cancelled = sample('n8001', 3);
    await recordRelease(db, cancelled);
    await db
      .update(releases)
      .set({ state: 'cancelled', requestKey: deliveryWorkflowId(lost.deliveryId) })
      .where(eq(releases.id, cancelled.releaseId));
    await repair();
    expect(await lost.row()).toMatchObject({ state: 'handed_over', settledAt: expect.any(Date) });
  });
});
