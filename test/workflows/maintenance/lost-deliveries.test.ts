/** A delivery that Temporal took and has lost is handed over again, or its author gets a reply. */
import { describe, expect, test } from '@jest/globals';
import { eq } from 'drizzle-orm';
import { commandWorkflowId, deliveryWorkflowId } from '../../../contracts/core/ids.ts';
import { orderPrefix, type CommentCommand } from '../../../contracts/github/comment.ts';
import { readCommand } from '../../../contracts/github/read-command.ts';
import type { CheckClick, SuiteClick } from '../../../contracts/github/check-run.ts';
import { workflowIdOf, workflowOf as typeOf, type InboxEvent } from '../../../contracts/inbox/inbox-event.ts';
import { CONTROL_QUEUE } from '../../../contracts/core/queues.ts';
import { recordRelease } from '../../../store/queries/record-release.ts';
import { acceptDelivery, markHandedOver } from '../../../store/queries/inbox.ts';
import { deliveries, releases } from '../../../store/schema.ts';
import { FIRST, pushTo } from '../../activities/admission/shuffled.ts';
import { release as sample } from '../../store/support/samples.ts';
import { eventually } from '../../support/eventually.ts';
import { startLostWork } from './lost-work.ts';

const { db, world, repair } = await startLostWork();

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
