import { describe, expect, test } from '@jest/globals';
import { onCleanup } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { scheduleRepair } from '../../workers/schedules.ts';
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
