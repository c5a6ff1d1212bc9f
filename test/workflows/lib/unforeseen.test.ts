/** An activity's repeated failure without a name ends the work with a message, unless giving up is worse. */
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Connection, isGrpcServiceError } from '@temporalio/client';
import type { CommitToCheck } from '../../../contracts/inbox/events/commit-to-check.ts';
import { CONTROL_QUEUE } from '../../../contracts/core/queues.ts';
import { MAX_UNFORESEEN, isUnforeseen } from '../../../workers/unforeseen-errors.ts';
import type { checkCommit } from '../../../workflows/maintenance/check-commit.workflow.ts';
import type { delivery } from '../../../workflows/admission/admission.workflow.ts';
import { fails } from '../../support/simulation/faults.ts';
import { setScene, startDeployment } from '../../support/simulation/scene.ts';
import { bundleWithTimeouts } from '../../support/timeouts.ts';
import { startWorld, type World } from '../world.ts';

let world: World;
beforeAll(async () => {
  const quickly = bundleWithTimeouts({ retry: { firstMs: 1, longestMs: 5 } });
  world = await startWorld({ hosts: ['host-a', 'host-b'] }, quickly);
});

const actor = { kind: 'github', name: 'octocat' } as const;
const about = { repositoryId: '7', repository: 'acme/shop', installationId: '11', branch: 'main', actor };
const asked = (): CommitToCheck => ({
  ...{ kind: 'commit-check', requestKey: randomUUID(), commit: 'c'.repeat(40) },
  ...about,
});
const check = () =>
  world.client.workflow.execute<typeof checkCommit>('checkCommit', {
    ...{ taskQueue: CONTROL_QUEUE, workflowId: randomUUID(), args: [asked()] },
  });
const callsOf = (activity: string) => world.faults.callsOf(activity).length;
const throws = (activity: string, error: () => Error, only = () => true) =>
  world.faults.add({
    ...{ activity, only },
    act: () => {
      throw error();
    },
  });
const bug = () => new TypeError("cannot read 'x' of undefined");
const withCode = (code: string) => Object.assign(new Error(`connect ${code}`), { code });

describe('an error that Landfall does not expect, again and again', () => {
  test('ends a push as a decision that says so [B1][F2]', async () => {
    const mended = throws('admit', bug);
    const requestKey = randomUUID();
    const pushed = world.client.workflow.execute<typeof delivery>('delivery', {
      ...{ taskQueue: CONTROL_QUEUE, workflowId: randomUUID() },
      args: [{ kind: 'push', requestKey, commit: 'c'.repeat(40), ...about }],
    });
    await expect(pushed).rejects.toThrow();
    mended();
    expect(callsOf('admit')).toBe(MAX_UNFORESEEN);
    const detail = expect.stringMatching(/admit failed 8 times in a row.*TypeError: cannot read 'x'/) as unknown;
    expect(world.records.decisions.get(requestKey)?.decisions).toMatchObject([{ reason: 'refused', detail }]);
  });

  test('ends what GitHub is told of a commit [B1][A3]', async () => {
    const says = throws('reportVerdict', () => new RangeError('no'));
    await expect(check()).rejects.toThrow();
    says();
    expect(callsOf('reportVerdict')).toBe(MAX_UNFORESEEN);
  });

  test('is forgotten by an attempt that ends otherwise [B1][F2]', async () => {
    const before = callsOf('validateCommit');
    const attempt = () => callsOf('validateCommit') - before;
    const strange = throws('validateCommit', bug, () => attempt() < 10 && attempt() % MAX_UNFORESEEN !== 0);
    const away = world.faults.add({
      ...{ activity: 'validateCommit', only: () => attempt() < 10 },
      act: fails('GitHubUnavailable', 'GitHub is away'),
    });
    expect(await check()).toBe('success');
    strange();
    away();
    expect(attempt()).toBe(10);
  });

  test('is tried on where giving up would leave neither version running [C5][F1]', async () => {
    const { next } = setScene(world, 'stubborn');
    const after = fails('PortTaken', 'the port is taken');
    const taken = world.faults.add({ activity: 'switchTo', place: 'host-b', at: 'after', act: after });
    const before = callsOf('restore');
    const strange = throws('restore', bug, () => callsOf('restore') - before <= MAX_UNFORESEEN + 2);
    const result = await (await startDeployment(world.client, next)).result();
    taken();
    strange();
    expect(result.outcome).toBe('rolled_back');
    expect(callsOf('restore') - before).toBeGreaterThan(MAX_UNFORESEEN);
  });
});

test('what is away is waited for, however often [B1][F2]', async () => {
  const before = callsOf('validateCommit');
  const away = throws(
    'validateCommit',
    () => withCode('ECONNREFUSED'),
    () => callsOf('validateCommit') - before < 9,
  );
  expect(await check()).toBe('success');
  away();
  expect(callsOf('validateCommit') - before).toBe(9);
});

test.each([
  [true, 'a bug', new TypeError('x is not a function')],
  [true, 'what the database refuses', new Error('Failed query', { cause: withCode('23505') })],
  [true, 'a file that is not there', withCode('ENOENT')],
  [true, 'no error at all', 'words'],
  [false, 'what is away', new TypeError('fetch failed', { cause: withCode('UND_ERR_CONNECT_TIMEOUT') })],
  [false, 'what does not know the name just now', withCode('EAI_AGAIN')],
  [false, 'a full disk', withCode('ENOSPC')],
  [false, 'what was ended in time', new DOMException('The operation timed out', 'TimeoutError')],
])('%p: %s', (expected, _what, error) => {
  expect(isUnforeseen(error)).toBe(expected);
});

test("an error of Temporal's server is foreseen when it says something about the server, and not about the one request [B1][F2]", async () => {
  const thrown = async (call: Promise<unknown>): Promise<unknown> =>
    call.then(
      () => undefined,
      (error: unknown) => error,
    );
  const unknown = await thrown(
    world.client.workflowService.describeWorkflowExecution({
      ...{ namespace: 'default', execution: { workflowId: 'none-of-this-name' } },
    }),
  );
  const nowhere = Connection.lazy({ address: '127.0.0.1:1' });
  const away = await thrown(nowhere.withDeadline(Date.now() + 500, () => nowhere.workflowService.getSystemInfo({})));
  await nowhere.close();

  expect([unknown, away].map((error) => isGrpcServiceError(error))).toEqual([true, true]);
  expect([unknown, away].map(isUnforeseen)).toEqual([true, false]);
  expect(isUnforeseen(new Error('it was not told', { cause: away }))).toBe(false);
});
