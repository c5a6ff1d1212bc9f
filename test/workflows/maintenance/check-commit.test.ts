import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { FailureType } from '../../../contracts/core/failures.ts';
import type { CommitToCheck } from '../../../contracts/inbox/events/commit-to-check.ts';
import { headWorkflowId } from '../../../contracts/core/ids.ts';
import { CONTROL_QUEUE } from '../../../contracts/core/queues.ts';
import type { checkCommit } from '../../../workflows/maintenance/check-commit.workflow.ts';
import type { repairDeliveries } from '../../../workflows/maintenance/repair-deliveries.workflow.ts';
import { eventually } from '../../support/eventually.ts';
import { fails } from '../../support/simulation/faults.ts';
import { startWorld } from '../world.ts';
import type { World } from '../world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({});
});

const COMMIT = 'c'.repeat(40);
const about = { repositoryId: '7', repository: 'acme/shop', installationId: '11', branch: 'gone', commit: COMMIT };
const actor = { kind: 'github', name: 'octocat' } as const;
const repair = () =>
  world.client.workflow.execute<typeof repairDeliveries>('repairDeliveries', {
    ...{ taskQueue: CONTROL_QUEUE, workflowId: randomUUID(), args: [] },
  });

test('a commit that is to be merged gets its check, and once more when GitHub was away [B1][F1]', async () => {
  const asked: CommitToCheck = { kind: 'commit-check', requestKey: randomUUID(), ...about, actor };
  const mended = world.faults.add({ activity: 'reportVerdict', act: fails(FailureType.GitHubUnavailable, 'away') });
  const handle = await world.client.workflow.start<typeof checkCommit>('checkCommit', {
    ...{ taskQueue: CONTROL_QUEUE, workflowId: randomUUID(), args: [asked] },
  });
  await eventually('the first attempt', () => world.faults.callsOf('reportVerdict').length > 0 || undefined);
  mended();
  expect(await handle.result()).toBe('success');
  expect(world.events.verdicts).toMatchObject([{ commit: COMMIT, conclusion: 'success' }]);
});

describe('a run of the repair', () => {
  test('delivers a head that nobody told of as a push would be, once however often it is found [B1][F1]', async () => {
    world.events.moved.push(about);
    const requestKey = headWorkflowId(about);
    expect(await repair()).toMatchObject({ heads: [requestKey], deliveries: { upToDate: true } });
    const { decisions, cause } = await eventually('it to be delivered', () => world.records.decisions.get(requestKey));
    expect([cause, decisions]).toMatchObject(['push', [{ reason: 'branch_gone' }]]);
    world.events.moved.push(about);
    await repair();
    const admitted = world.faults.callsOf('admit').filter(({ input }) => JSON.stringify(input).includes(requestKey));
    expect(admitted).toHaveLength(1);
  });

  test('looks at the branches though the deliveries cannot be listed, and the other way round [B1]', async () => {
    const listed = world.faults.add({ activity: 'redeliverLost', act: fails(FailureType.GitHubForbidden, 'no') });
    expect(await repair()).toEqual({
      deliveries: null,
      heads: [],
      lost: { ended: 0, again: [], unanswered: [], unansweredClicks: [] },
    });
    listed();
    world.faults.add({ activity: 'findMovedHeads', act: fails(FailureType.GitHubForbidden, 'no') });
    expect(await repair()).toMatchObject({ deliveries: { upToDate: true }, heads: null });
  });
});
