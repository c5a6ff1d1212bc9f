/** A release that the store calls under way and no workflow works on is ended, and lands all the same where it came by itself. */
import { describe, expect, test } from '@jest/globals';
import { eq } from 'drizzle-orm';
import { createEngineStatus } from '../../../api/temporal/engine-status.ts';
import { buildWorkflowId, deliveryWorkflowId, releaseWorkflowId } from '../../../contracts/core/ids.ts';
import { createUnderWayLedger } from '../../../store/queries/reconcile.ts';
import { recordRelease } from '../../../store/queries/record-release.ts';
import { findBuild } from '../../../store/queries/release-views.ts';
import { releases } from '../../../store/schema.ts';
import { FIRST, SECOND } from '../../activities/admission/shuffled.ts';
import { release as sample } from '../../store/support/samples.ts';
import { eventually } from '../../support/eventually.ts';
import { startLostWork } from './lost-work.ts';

const { db, world, view, heads, building, repair, repository, workflowOf } = await startLostWork();

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
    view.graceMs = 600_000;
    await repair();
    view.graceMs = 0;
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
    view.trouble = {
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
    view.trouble = {};
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
    view.trouble = {
      engine: {
        standing: async (workflowId) =>
          workflowId === releaseWorkflowId(named.key, named.commit, named.sequence)
            ? { kind: 'ended', status: 'CANCELLED', endedAt: 0 }
            : createEngineStatus(world.client).standing(workflowId),
      },
    };
    const lost = await repair();
    view.trouble = {};
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
