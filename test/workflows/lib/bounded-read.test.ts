import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { CommentCommand } from '../../../contracts/github/comment.ts';
import { readCommand } from '../../../contracts/github/read-command.ts';
import type { CommitToCheck } from '../../../contracts/inbox/events/commit-to-check.ts';
import { CONTROL_QUEUE } from '../../../contracts/core/queues.ts';
import type { checkCommit } from '../../../workflows/maintenance/check-commit.workflow.ts';
import type { command } from '../../../workflows/orders/command.workflow.ts';
import type { delivery } from '../../../workflows/admission/admission.workflow.ts';
import { bundleWithTimeouts } from '../../support/timeouts.ts';
import { startWorld, type World } from '../world.ts';

let world: World;
beforeAll(async () => {
  const attempt = { attemptMs: 300 };
  const quickly = bundleWithTimeouts({ patientRead: attempt, orderRead: attempt, boundedReadPauseMs: 1 });
  world = await startWorld({}, quickly);
});

const COMMIT = 'c'.repeat(40);
const about = { repositoryId: '7', repository: 'acme/shop', installationId: '11', branch: 'main', commit: COMMIT };
const actor = { kind: 'github', name: 'octocat' } as const;
const asked = (): CommitToCheck => ({ kind: 'commit-check', requestKey: randomUUID(), ...about, actor });
/** It ends only when the worker does, or when the server has reported its time-out. */
const hangs = (activity: string, only = () => true) =>
  world.faults.add({ activity, only, act: () => Context.current().cancelled });

describe('a read that never ends in its time', () => {
  test('is begun five times, and the commit gets a failed check that says so [B1][F2]', async () => {
    const mended = hangs('validateCommit');
    const conclusion = await world.client.workflow.execute<typeof checkCommit>('checkCommit', {
      ...{ taskQueue: CONTROL_QUEUE, workflowId: randomUUID(), args: [asked()] },
    });
    mended();
    expect(conclusion).toBe('failure');
    expect(world.faults.callsOf('validateCommit')).toHaveLength(5);
    expect(world.events.verdicts).toMatchObject([
      { commit: COMMIT, conclusion: 'failure', summary: expect.stringContaining('5 times in a row') as unknown },
    ]);
  });

  test('is begun five times, and the push is kept as a decision that says so [B1][F2]', async () => {
    const mended = hangs('admit');
    const requestKey = randomUUID();
    const pushed = world.client.workflow.execute<typeof delivery>('delivery', {
      ...{ taskQueue: CONTROL_QUEUE, workflowId: randomUUID() },
      args: [{ kind: 'push', requestKey, ...about, actor }],
    });
    await expect(pushed).rejects.toThrow();
    mended();
    expect(world.faults.callsOf('admit')).toHaveLength(5);
    expect(world.records.decisions.get(requestKey)?.decisions).toMatchObject([
      { reason: 'refused', detail: expect.stringContaining('5 times in a row') as unknown },
    ]);
  });
});

test('a plan that never ends in its time is begun five times, and the reply says so [F2][D1]', async () => {
  const mended = hangs('plan');
  const conversation = { repositoryId: '7', repository: 'acme/shop', installationId: '11', number: 3 };
  const said = readCommand('/plan web');
  if (said === null) throw new Error('it is a command');
  const input: CommentCommand = {
    ...{ kind: 'command', orderId: randomUUID(), commentId: '5', commentedAt: Date.now(), asked: said, actor },
    conversation: { ...conversation, isPullRequest: false },
  };
  world.gitHub.permissions.set(actor.name, 'write');
  const result = await world.client.workflow.execute<typeof command>('command', {
    ...{ taskQueue: CONTROL_QUEUE, workflowId: randomUUID(), args: [input] },
  });
  mended();
  expect(world.faults.callsOf('plan')).toHaveLength(5);
  expect(result).toMatchObject({ reaction: '-1', text: expect.stringContaining('5 times in a row') as unknown });
});

test('a read that ends in time after all is no failure [B1][F2]', async () => {
  const before = world.faults.callsOf('validateCommit').length;
  const mended = hangs('validateCommit', () => world.faults.callsOf('validateCommit').length < before + 3);
  const conclusion = await world.client.workflow.execute<typeof checkCommit>('checkCommit', {
    ...{ taskQueue: CONTROL_QUEUE, workflowId: randomUUID(), args: [asked()] },
  });
  mended();
  expect(conclusion).toBe('success');
});
