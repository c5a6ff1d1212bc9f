/** Lasting trouble is visible: in the detail of `/readyz`, which stays ready, and on the first page. */
import { beforeAll, expect, test } from '@jest/globals';
import { Readiness } from '../../../contracts/http/api.ts';
import { CONTROL_QUEUE } from '../../../contracts/core/queues.ts';
import { createTemporalGateway } from '../../../api/temporal/gateway.ts';
import { failingUpkeep, recordUpkeep } from '../../../store/queries/upkeep.ts';
import type { repairDeliveries } from '../../../workflows/maintenance/repair-deliveries.workflow.ts';
import { createRecordActivities } from '../../../activities/records/records.activities.ts';
import { createTellActivities } from '../../../activities/records/tell.ts';
import { eventually } from '../../support/eventually.ts';
import { fails } from '../../support/simulation/faults.ts';
import { openTestStore } from '../../store/support/databases.ts';
import { startWorld } from '../../workflows/world.ts';
import type { World } from '../../workflows/world.ts';
import { NO_TEMPORAL, startApi, type Api } from '../harness.ts';

let api: Api;
let world: World;
beforeAll(async () => {
  const store = await openTestStore();
  const { db } = store;
  world = await startWorld({ control: createTellActivities(createRecordActivities({ db })) });
  api = await startApi({ address: NO_TEMPORAL, store, temporal: createTemporalGateway(world.client) });
});

async function readiness() {
  const response = await api.app.request('/readyz', {}, {});
  return { status: response.status, ...Readiness.parse(await response.json()) };
}

test('a part of the upkeep that fails three times in a row is named with its reason, until it works again [F5]', async () => {
  const undo = world.faults.add({ activity: 'redeliverLost', act: fails('GitHubForbidden', 'GitHub said no') });
  const run = (id: number) =>
    world.client.workflow.execute<typeof repairDeliveries>('repairDeliveries', {
      ...{ taskQueue: CONTROL_QUEUE, workflowId: `repair-${String(id)}`, args: [] },
    });
  await run(1);
  await run(2);
  expect((await readiness()).checks['upkeep']).toEqual({ ok: true, detail: 'the scheduled work is done' });

  await run(3);
  const { status, ready, checks } = await readiness();
  expect([status, ready]).toEqual([200, true]);
  expect(checks['upkeep']).toMatchObject({
    ok: true,
    warning: true,
    detail: expect.stringMatching(/^lost deliveries: failed 3 times in a row, since .*: GitHub said no$/),
  });
  expect(await (await api.ask('/')).text()).toContain('lost deliveries: failed 3 times in a row');

  undo();
  await run(4);
  expect((await readiness()).checks['upkeep']?.warning).toBeUndefined();
});

test('a part that has not run for hours is named as well [F5]', async () => {
  const { db } = api.store;
  const at = Date.now();
  await recordUpkeep(db, { part: 'a test', at, error: null });
  // A late report changes nothing.
  await recordUpkeep(db, { part: 'a test', at: at - 5, error: 'late' });
  expect(await failingUpkeep(db, at)).toEqual([]);
  const later = await failingUpkeep(db, at + 4 * 3_600_000);
  expect(later).toContain(`a test: has not run since ${new Date(at).toISOString()}`);
});

test('a workflow whose task fails again and again is named [F5]', async () => {
  const stuck = 'environment/shop/stuck/production';
  await world.client.workflow.start('noSuchWorkflow', { taskQueue: CONTROL_QUEUE, workflowId: stuck });
  const found = await eventually(
    'it to be seen',
    async () => {
      const { ready, checks } = await readiness();
      return checks['workflows']?.warning === true && { ready, ...checks['workflows'] };
    },
    50_000,
  );
  expect(found).toMatchObject({ ready: true, ok: true, detail: expect.stringContaining(stuck) });
  expect(await (await api.ask('/')).text()).toContain(stuck);
  await world.client.workflow.getHandle(stuck).terminate();
}, 300_000);
