/** The gate before an environment: who may open it, and what becomes of a release that waits there. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Context } from '@temporalio/activity';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import type { ShowCheck } from '../../../activities/github/github.port.ts';
import type { DecisionRequest } from '../../../contracts/deployment/approval.ts';
import type { ApprovalSettings } from '../../../contracts/config/approval-settings.ts';
import { deploymentCheckId } from '../../../contracts/github/check-run.ts';
import { failureOf } from '../../../contracts/core/failures.ts';
import { deploymentId } from '../../../contracts/core/ids.ts';
import { CONTROL_QUEUE } from '../../../contracts/core/queues.ts';
import type { ReleaseInput } from '../../../contracts/deployment/release.ts';
import type { Actor } from '../../../contracts/core/actor.ts';
import { cancelRelease, decideApproval, releaseProgress } from '../../../workflows/messages/release.messages.ts';
import type { release } from '../../../workflows/release/release.workflow.ts';
import { eventually } from '../../support/eventually.ts';
import { digestOf, environmentSettings, releaseInput } from '../../support/simulation/fixtures.ts';
import { startTimeSkippingWorld, startWorld } from '../world.ts';
import type { World } from '../world.ts';

const HOUR = 3_600_000;
const USUAL: ApprovalSettings = {
  from: { users: ['ann', 'ben'], teams: ['acme/leads'], permission: null },
  count: 1,
  selfReview: false,
  remindAfterMs: null,
  escalateAfterMs: null,
  escalateTo: null,
  expireAfterMs: 24 * HOUR,
};
const person = (name: string): Actor => ({ kind: 'github', name });
const token = (name: string): Actor => ({ kind: 'token', name });

let world: World;
beforeAll(async () => {
  world = await startWorld({ hosts: ['host-a'] });
  world.gitHub.members.set('acme/leads', new Set(['lea']));
});

/** A release of an image that is there, to staging and then to a production that asks first. */
function begin(
  service: string,
  approval: Partial<ApprovalSettings> = {},
  on = world,
  actor = person('octocat'),
  others: Partial<ReleaseInput> = {},
) {
  const key = { project: 'shop', service };
  const digest = digestOf(service);
  const production = {
    ...environmentSettings('production', ['host-a']),
    approval: { ...USUAL, ...approval },
  };
  const input = {
    ...releaseInput({ key, sequence: 1, environments: [environmentSettings('staging', ['host-a']), production] }),
    image: { image: `registry.test/shop/${service}@${digest}`, digest, builder: 'dockerfile' },
    actor,
    ...others,
  };
  const id = deploymentId({ ...key, environment: 'production' }, 1);
  const started = on.client.workflow.start<typeof release>('release', {
    taskQueue: CONTROL_QUEUE,
    workflowId: `release/shop/${service}/1`,
    args: [input],
  });
  return { started, id, input };
}

type Handle = WorkflowHandle<typeof release>;

async function waiting(handle: Handle): Promise<void> {
  await eventually('the gate', async () => (await handle.query(releaseProgress)).state === 'waiting');
}

const decide = (handle: Handle, id: string, by: Actor, changes: Partial<DecisionRequest> = {}) =>
  handle.executeUpdate(decideApproval, {
    args: [{ deploymentId: id, decision: 'approve', by, via: 'api', note: '', ...changes }],
  });

async function refusal(update: Promise<unknown>) {
  const error: unknown = await update.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return failureOf(error instanceof WorkflowUpdateFailedError ? error.cause : error);
}

const statesOf = (id: string, on = world) => on.records.deploymentStates(id).map(({ state }) => state);

describe('a release', () => {
  test('waits before production, visibly, and goes on with the same digest once somebody approves [A6][A7][E2]', async () => {
    const { started, id, input } = begin('approved');
    const handle = await started;
    await waiting(handle);
    expect(statesOf(id)).toEqual(['awaiting_approval']);
    await eventually('GitHub to show it as queued', () => world.gitHub.states(id).includes('queued'));
    expect((await handle.query(releaseProgress)).stages).toMatchObject([
      { environment: 'staging', state: 'live' },
      { environment: 'production', state: 'waiting' },
    ]);

    const state = await decide(handle, id, person('ann'), { note: 'ship it' });

    expect(state).toMatchObject({ state: 'approved', decisions: [{ by: person('ann'), via: 'api', note: 'ship it' }] });
    expect(await handle.result()).toMatchObject({ outcome: 'completed' });
    expect(statesOf(id).at(-1)).toBe('live');
    const digests = [...world.records.deployments.values()].filter(({ releaseId }) => releaseId === input.releaseId);
    expect(new Set(digests.map(({ digest }) => digest)).size).toBe(1);
    expect(world.gitHub.deployments(id)).toHaveLength(1);
    expect(world.records.audit.filter(({ subject }) => subject === id)).toMatchObject([
      { action: 'approval.requested' },
      { action: 'approval.approved', actor: 'github:ann', detail: 'by api: ship it' },
    ]);
  });

  test.each(['alsoBy', 'authors'] as const)(
    'is approved by none of those behind it, at whichever door, but may be rejected by them: %s [A7][E2]',
    async (how) => {
      const { started, id } = begin(`behind-${how.toLowerCase()}`, {}, world, person('octocat'), {
        [how]: [person('Ann')],
      });
      const handle = await started;
      await waiting(handle);
      for (const by of [person('ann'), token('ann')]) {
        expect(await refusal(decide(handle, id, by))).toMatchObject({
          type: 'Forbidden',
          message: expect.stringMatching(/ann is behind this release, and selfReview is off/),
        });
      }
      expect(await decide(handle, id, person('ben'))).toMatchObject({ state: 'approved' });
      await handle.result();
    },
  );

  test('that is rejected ends there, with who and why; what runs is not touched [A7]', async () => {
    const { started, id } = begin('rejected');
    const handle = await started;
    await waiting(handle);

    await decide(handle, id, person('lea'), { decision: 'reject', note: 'not on a Friday' });

    expect(await handle.result()).toMatchObject({
      outcome: 'cancelled',
      failure: { type: 'ApprovalRejected', message: 'lea said no: not on a Friday.' },
    });
    expect(statesOf(id)).toEqual(['awaiting_approval', 'cancelled']);
    expect(world.gitHub.states(id).at(-1)).toBe('inactive');
  });

  test('that is cancelled while it waits ends at once [A7]', async () => {
    const { started, id } = begin('cancelled');
    const handle = await started;
    await waiting(handle);

    await handle.executeUpdate(cancelRelease, {
      args: [{ by: { kind: 'github', name: 'ann' }, reason: 'never mind' }],
    });

    expect(await handle.result()).toMatchObject({ outcome: 'cancelled' });
    expect(statesOf(id).at(-1)).toBe('cancelled');
  });
});

describe('a decision', () => {
  test.each([
    ['somebody without the right', 'stranger', person('eve'), /eve may not decide about production.*acme\/leads/],
    ['whoever caused the release', 'own', person('octocat'), /octocat caused this release/],
    ['an access token that is not named', 'token', token('ci'), /ci may not decide/],
  ])('of %s is refused with what it takes [A7]', async (_case, service, by, words) => {
    const { started, id } = begin(service, { from: { ...USUAL.from, users: ['ann', 'octocat'] } });
    const handle = await started;
    await waiting(handle);

    expect(await refusal(decide(handle, id, by))).toEqual({
      type: 'Forbidden',
      message: expect.stringMatching(words) as unknown,
    });
    expect((await handle.query(releaseProgress)).approval?.decisions).toEqual([]);
    await handle.executeUpdate(cancelRelease, { args: [{ by: { kind: 'github', name: 'test' }, reason: '' }] });
  });

  test.each([
    ['with an access token of the same name', 'own-token', person('octocat'), token('octocat')],
    ['under their login, what their access token caused', 'own-login', token('octocat'), person('octocat')],
    ['under their login in other letters', 'own-letters', person('octocat'), person('OctoCat')],
  ])(
    'of whoever caused the release is refused through another door as well: %s [A7]',
    async (_case, service, actor, by) => {
      const users = [by.kind === 'token' ? `token:${by.name}` : by.name];
      const { started, id } = begin(service, { from: { ...USUAL.from, users } }, world, actor);
      const handle = await started;
      await waiting(handle);

      expect((await refusal(decide(handle, id, by)))?.message).toMatch(/octocat caused this release/i);
      expect((await handle.query(releaseProgress)).approval).toMatchObject({ state: 'waiting', decisions: [] });
      await handle.executeUpdate(cancelRelease, { args: [{ by: { kind: 'github', name: 'test' }, reason: '' }] });
    },
  );

  test('of whoever caused the release counts where selfReview is on [A7]', async () => {
    const { started, id } = begin('self-review', { from: { ...USUAL.from, users: ['octocat'] }, selfReview: true });
    const handle = await started;
    await waiting(handle);

    expect(await decide(handle, id, person('octocat'))).toMatchObject({ state: 'approved' });
    expect(await handle.result()).toMatchObject({ outcome: 'completed' });
  });

  test('of somebody who is named counts, in whatever letters the login is written [A7]', async () => {
    const { started, id } = begin('letters', { from: { users: ['Ann'], teams: [], permission: null } });
    const handle = await started;
    await waiting(handle);

    expect((await refusal(decide(handle, id, token('Ann'))))?.type).toBe('Forbidden');
    expect(await decide(handle, id, person('aNN'))).toMatchObject({ state: 'approved' });
    expect(await handle.result()).toMatchObject({ outcome: 'completed' });
  });

  test('is bound to the commit and the image that were looked at [A7]', async () => {
    const { started, id, input } = begin('bound');
    const handle = await started;
    await waiting(handle);

    expect((await refusal(decide(handle, id, person('ann'), { commit: 'f'.repeat(40) })))?.type).toBe('NotWaiting');
    expect((await refusal(decide(handle, id, person('ann'), { digest: digestOf('other') })))?.type).toBe('NotWaiting');
    expect((await refusal(decide(handle, 'shop.bound.production.9', person('ann'))))?.message).toMatch(
      /production\.9 does not wait/,
    );
    await decide(handle, id, person('ann'), { commit: input.commit.slice(0, 7) });
    expect(await handle.result()).toMatchObject({ outcome: 'completed' });
  });

  test('takes as many different people as the quorum says [A7]', async () => {
    const { started, id } = begin('quorum', { count: 2 });
    const handle = await started;
    await waiting(handle);

    expect(await decide(handle, id, person('ann'))).toMatchObject({ state: 'waiting' });
    expect((await decide(handle, id, person('ann'))).decisions).toHaveLength(1);
    expect(await decide(handle, id, person('lea'))).toMatchObject({ state: 'approved' });
    expect(await handle.result()).toMatchObject({ outcome: 'completed' });
  });

  test('counts a person once towards the quorum, whatever the doors [A7]', async () => {
    const users = ['ann', 'Ann', 'ben', 'token:ann'];
    const { started, id } = begin('doors', { from: { ...USUAL.from, users }, count: 2 });
    const handle = await started;
    await waiting(handle);

    await decide(handle, id, person('ann'), { via: 'comment' });
    for (const door of [token('ann'), person('Ann')]) {
      expect(await decide(handle, id, door)).toMatchObject({ state: 'waiting', decisions: [{ by: person('ann') }] });
    }
    expect((await decide(handle, id, person('ben'))).decisions.map(({ by }) => by.name)).toEqual(['ann', 'ben']);
    expect(await handle.result()).toMatchObject({ outcome: 'completed' });
  });

  test.each([
    ['the same door', 'second-thoughts', person('ann')],
    ['another door', 'second-door', token('ann')],
  ])('that says no through %s ends it, even of somebody who has said yes before [A7]', async (_case, service, by) => {
    const from = { ...USUAL.from, users: ['ann', 'token:ann'] };
    const { started, id } = begin(service, { from, count: 2 });
    const handle = await started;
    await waiting(handle);

    await decide(handle, id, person('ann'));
    expect(await decide(handle, id, by, { decision: 'reject', note: 'wait' })).toMatchObject({ state: 'rejected' });

    expect(await handle.result()).toMatchObject({ outcome: 'cancelled', failure: { message: 'ann said no: wait.' } });
  });

  test('of two at once one counts, and the other is told which [A7]', async () => {
    const { started, id } = begin('twice');
    const handle = await started;
    await waiting(handle);

    const answers = await Promise.allSettled([
      decide(handle, id, person('ann')),
      decide(handle, id, person('lea'), { decision: 'reject' }),
    ]);

    expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const lost = answers.find((one) => one.status === 'rejected');
    expect((await refusal(Promise.reject(lost?.reason as Error)))?.message).toMatch(
      /is (approved|rejected) already, by (ann|lea)/,
    );
    await handle.result();
  });

  test('after the end is refused with what it has become [A7]', async () => {
    const { started, id } = begin('late');
    const handle = await started;
    await waiting(handle);
    await decide(handle, id, person('ann'));

    expect((await refusal(decide(handle, id, person('ben'))))?.message).toMatch(/is approved already, by ann/);
  });
});

describe('nobody decides', () => {
  test('it reminds, escalates to others who may decide then, and expires, each at its time [A7]', async () => {
    const skipping = await startTimeSkippingWorld({ hosts: ['host-a'] });
    const shows: { readonly at: number; readonly shown: ShowCheck }[] = [];
    skipping.faults.add({
      activity: 'showCheck',
      act: ({ input }) => {
        shows.push({ at: Context.current().info.scheduledTimestampMs, shown: input as ShowCheck });
      },
    });
    const { started, id, input } = begin(
      'expired',
      {
        remindAfterMs: HOUR,
        escalateAfterMs: 2 * HOUR,
        escalateTo: { users: ['boss'], teams: [], permission: null },
        expireAfterMs: 4 * HOUR,
      },
      skipping,
    );
    const result = await (await started).result();

    expect(result).toMatchObject({
      outcome: 'cancelled',
      failure: { type: 'ApprovalExpired', message: expect.stringContaining('0 of 1') as unknown },
    });
    const trail = skipping.records.audit.filter(({ subject }) => subject === id);
    const [first] = trail;
    expect(trail.map(({ action, at }) => [action, Math.round((at - (first?.at ?? 0)) / HOUR)])).toEqual([
      ['approval.requested', 0],
      ['approval.reminded', 1],
      ['approval.escalated', 2],
      ['approval.expired', 4],
    ]);

    const commit = input.commit.slice(0, 7);
    const checks = shows.filter(({ shown }) => shown.externalId === deploymentCheckId(id));
    const still = 'It still waits for approval.';
    expect(
      checks.map(({ at, shown }) => [Math.round((at - (first?.at ?? 0)) / HOUR), shown.title, shown.message]),
    ).toEqual([
      [0, `${commit} waits for approval`, undefined],
      [1, `${commit} waits for approval`, still],
      [
        2,
        `${commit} waits for approval`,
        `${still} Who may decide from now on: ann, or ben, or a member of acme/leads, or boss.`,
      ],
      [4, `${commit} was cancelled`, expect.stringMatching(/^It was not approved in time \(0 of 1\)/)],
    ]);
    expect(checks.map(({ shown }) => shown.buttons.length)).toEqual([2, 2, 2, 0]);
    // One check run, which is edited from then on.
    expect(checks.map(({ shown }) => shown.checkRunId === undefined)).toEqual([true, false, false, false]);
  });

  test('those whom it has escalated to may decide from then on, and not before [A7]', async () => {
    const { started, id } = begin('escalated', {
      escalateAfterMs: 2_000,
      escalateTo: { users: ['boss'], teams: [], permission: null },
    });
    const handle = await started;
    await waiting(handle);
    expect((await refusal(decide(handle, id, person('boss'))))?.type).toBe('Forbidden');

    await eventually('the escalation', async () => (await handle.query(releaseProgress)).approval?.escalated === true);
    await decide(handle, id, person('boss'));

    expect(await handle.result()).toMatchObject({ outcome: 'completed' });
  });
});
