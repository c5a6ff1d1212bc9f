import { beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { and, eq, inArray } from 'drizzle-orm';
import { pino } from 'pino';
import { createInbox } from '../../../api/inbox/inbox.ts';
import type { InboxEvent } from '../../../contracts/inbox/inbox-event.ts';
import { acceptDelivery } from '../../../store/queries/inbox.ts';
import { deliveries } from '../../../store/schema.ts';
import { freePort } from '../../../infra/dev/process.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { eventually } from '../../support/eventually.ts';
import { tempDir } from '../../support/tmp.ts';
import { APP_ID, ownTemporal, push, startApi, type Api } from '../harness.ts';

/** grpc.io/docs/guides/status-codes: it has waited for as long as it may. */
const GRPC_DEADLINE_EXCEEDED = 4;
const SERVER = { dir: tempDir(), persistent: true };

let api: Api;
let kill: () => Promise<void>;
let port: number;

beforeAll(async () => {
  port = await freePort();
  const server = await ownTemporal({ ...SERVER, port });
  kill = server.kill;
  api = await startApi({ address: server.address });
  api.inbox.start();
});

const row = async (id: string) => {
  const [found] = await api.store.db.select().from(deliveries).where(eq(deliveries.deliveryId, id));
  return found;
};
// Not whole rows: one of them holds 3 MB.
const stateOf = async (id: string) => {
  const [found] = await states().where(eq(deliveries.deliveryId, id));
  return found?.state;
};
const states = () => api.store.db.select({ state: deliveries.state }).from(deliveries);
const handedOver = async (ids: readonly string[]) => {
  const found = await states().where(
    and(inArray(deliveries.deliveryId, [...ids]), eq(deliveries.state, 'handed_over')),
  );
  return found.length === new Set(ids).size;
};
/** The number of Temporal's runs of each delivery's workflow. */
async function runsOf(ids: readonly string[]): Promise<number[]> {
  const runs = new Map<string, number>();
  for await (const { workflowId } of api.client.workflow.list({ query: `WorkflowType = 'delivery'` })) {
    runs.set(workflowId, (runs.get(workflowId) ?? 0) + 1);
  }
  return ids.map((id) => runs.get(`github/${id}`) ?? 0);
}
const once = async (ids: readonly string[]) => (await runsOf(ids)).every((runs) => runs === 1);

describe('the inbox', () => {
  test('hands a delivery over at once, readable in the Temporal UI [B1][F2]', async () => {
    await api.deliver({ id: 'at-once', body: push() });
    await eventually('it to be handed over', () => handedOver(['at-once']));
    const workflow = await api.client.workflow.getHandle('github/at-once').describe();
    expect(workflow).toMatchObject({
      type: 'delivery',
      taskQueue: 'landfall',
      memo: { trigger: 'push to acme/shop main by ada', actor: 'ada' },
    });
    expect(await workflow.staticSummary()).toBe('push to acme/shop main by ada');
  });

  test('thirty copies at once are one workflow [B1]', async () => {
    const responses = await Promise.all(Array.from({ length: 30 }, () => api.deliver({ id: 'thirty', body: push() })));
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([202]));
    await eventually('it to be handed over', () => handedOver(['thirty']));
    await eventually('Temporal to list it', () => once(['thirty']));
  });

  test('what was handed over and not written down is handed over again, and started once [B1][F1]', async () => {
    const trigger = (await row('at-once'))?.trigger;
    if (trigger?.kind !== 'push') throw new Error('the first test left no trigger');
    await api.client.workflow.start('delivery', {
      taskQueue: 'landfall',
      workflowId: 'github/crashed',
      args: [trigger],
    });
    await accept('crashed', trigger);
    api.inbox.wake();
    await eventually('it to be handed over', () => handedOver(['crashed']));
    await eventually('Temporal to list it', () => once(['crashed']));
  });

  test('one that Temporal refuses is given up with the reason, and blocks nobody [B1]', async () => {
    const trigger = (await row('at-once'))?.trigger;
    if (trigger?.kind !== 'push') throw new Error('the first test left no trigger');
    // Larger than Temporal takes: refused every time, whatever the weather.
    await accept('poison', { ...trigger, requestKey: 'x'.repeat(3 * 1024 * 1024) });
    api.inbox.wake();
    const after = Array.from({ length: 40 }, () => randomUUID());
    await Promise.all(after.map((id) => api.deliver({ id, body: push() })));
    await eventually('the ones behind it to be handed over', () => handedOver(after));
    await eventually('the poison to be given up', async () => (await stateOf('poison')) === 'dead');
    expect(await row('poison')).toMatchObject({
      attempts: 5,
      lastError: expect.stringMatching(/./),
      nextAttemptAt: null,
    });
    expect(await runsOf(['poison'])).toEqual([0]);
  });

  test('a dead one is taken up again by a redelivery, and by a person [B1]', async () => {
    const asked = await api.ask('/api/deliveries/poison/retry', { method: 'POST' });
    expect(asked.status).toBe(202);
    await eventually('it to be given up again', async () => (await stateOf('poison')) === 'dead');
    const redelivered = await api.deliver({ id: 'poison', body: push() });
    expect(await redelivered.json()).toMatchObject({ outcome: 'accepted' });
    await eventually('its sound redelivery to be handed over', () => handedOver(['poison']));
  });

  test('a hundred that arrive while Temporal is away, until several attempts to hand them over have run into their time limit, are each started once when it is back [B1][F1]', async () => {
    await kill();
    const before = api.missed.length;
    const ids = Array.from({ length: 100 }, () => randomUUID());
    const responses = await Promise.all(ids.map((id) => api.deliver({ id, body: push() })));
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([202]));
    // Sixteen together, and then one at a time finds out.
    await eventually('attempts to have failed one after the other', () => api.missed.length >= before + 18);
    const codes = api.missed.slice(before).map((error) => (error as { cause?: { code?: unknown } }).cause?.code);
    expect(codes).toEqual(codes.map(() => GRPC_DEADLINE_EXCEEDED));

    // The weather is not the deliveries' fault: none is counted against them.
    const { deliveryId, state, attempts } = deliveries;
    const kept = api.store.db.select({ state, attempts }).from(deliveries).where(inArray(deliveryId, ids));
    expect(await kept).toEqual(ids.map(() => ({ state: 'received', attempts: 0 })));

    ({ kill } = await ownTemporal({ ...SERVER, port }));
    await eventually('all to be handed over', () => handedOver(ids));
    await eventually('each to have exactly one run', () => once(ids));
  });

  test('what a process left over, the next one hands over [B1][F1]', async () => {
    await api.inbox.stop();
    const ids = Array.from({ length: 20 }, () => randomUUID());
    await Promise.all(ids.map((id) => api.deliver({ id, body: push() })));
    expect(await row(ids[0] ?? '')).toMatchObject({ state: 'received' });

    const { store, temporal } = api.deps;
    const next = createInbox({ appId: APP_ID, store, temporal, logger: pino({ level: 'silent' }) });
    onCleanup(() => next.stop());
    next.start();
    await eventually('all to be handed over', () => handedOver(ids));
    await eventually('each to have exactly one run', () => once(ids));
  });
});

async function accept(deliveryId: string, trigger: InboxEvent): Promise<void> {
  await acceptDelivery(api.store.db, {
    appId: APP_ID,
    deliveryId,
    event: 'push',
    action: null,
    repository: null,
    ref: null,
    receivedAt: new Date(),
    meaning: { trigger },
  });
}
