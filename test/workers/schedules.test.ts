import { describe, expect, test } from '@jest/globals';
import { onCleanup } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { scheduleForgetting, scheduleRepair } from '../../workers/schedules.ts';
import { createRetentionActivities } from '../../activities/records/retention.activities.ts';
import { recordAudit } from '../../store/queries/audit.ts';
import { listAudit } from '../../store/queries/views.ts';
import { openTestStore } from '../store/support/databases.ts';
import { startWorld } from '../workflows/world.ts';

const nothing = { looked: 0, redelivered: 0, givenUp: 0, upToDate: true };

describe('the repair of deliveries', () => {
  test('is scheduled once however often it is asked for, and runs; what a person has paused stays so [B1]', async () => {
    let runs = 0;
    const control = {
      redeliverLost: async () => {
        runs += 1;
        return nothing;
      },
      findMovedHeads: async () => [],
    };
    const { client } = await startWorld({ control });
    const handle = client.schedule.getHandle('repair-deliveries');
    onCleanup(() => handle.delete());
    await Promise.all([scheduleRepair(client, 60_000), scheduleRepair(client, 60_000)]);
    await scheduleRepair(client, 1_000);

    const all: string[] = [];
    for await (const { scheduleId } of client.schedule.list()) all.push(scheduleId);
    const { spec, policies } = await handle.describe();
    expect(spec.intervals).toMatchObject([{ every: 1_000 }]);
    expect(policies.overlap).toBe('SKIP');
    await eventually('two runs', () => runs >= 2 || undefined);
    expect(new Set(all).size).toBeLessThanOrEqual(1);

    await handle.pause('looking into it');
    await scheduleRepair(client, 1_000);
    expect((await handle.describe()).state.paused).toBe(true);
  });
});

describe('what is too old to be kept', () => {
  const DAY_MS = 86_400_000;

  test('is removed by a schedule, as long ago as was said last; for ever is for ever [A8][F1]', async () => {
    const { db } = await openTestStore();
    const { client } = await startWorld({ control: createRetentionActivities({ db }) });
    const handle = client.schedule.getHandle('forget-old');
    onCleanup(() => handle.delete());
    const event = (subject: string, days: number) =>
      recordAudit(db, { id: subject, at: Date.now() - days * DAY_MS, actor: 'token:ada', action: 'test', subject });
    const told = async () => (await listAudit(db, { limit: 10 })).map(({ subject }) => subject);
    const runs = async () => (await handle.describe()).info.numActionsTaken;
    const run = async () => {
      const before = await runs();
      await handle.trigger();
      await eventually('another run', async () => (await runs()) > before || undefined);
      await client.workflow
        .getHandle((await handle.describe()).info.recentActions.at(-1)?.action.workflow.workflowId ?? '')
        .result();
    };
    await event('of-last-week', 7);
    await event('of-last-year', 365);
    await event('of-before', 500);

    await scheduleForgetting(client, { auditMs: null, deliveriesMs: null });
    await run();
    expect(await told()).toEqual(['of-last-week', 'of-last-year', 'of-before']);

    await Promise.all([1, 2].map(() => scheduleForgetting(client, { auditMs: 400 * DAY_MS, deliveriesMs: null })));
    await run();
    expect(await told()).toEqual(['of-last-week', 'of-last-year']);

    await handle.pause('looking into it');
    await scheduleForgetting(client, { auditMs: 30 * DAY_MS, deliveriesMs: null });
    expect((await handle.describe()).state.paused).toBe(true);
    await run();
    expect(await told()).toEqual(['of-last-week']);
  });
});
