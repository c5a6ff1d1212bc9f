/** The answers to GitHub for a job of GitHub Actions that wants to go to an environment. */
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import type { Actor } from '../../../contracts/core/actor.ts';
import type { DecisionRequest } from '../../../contracts/deployment/approval.ts';
import type { ApprovalSettings } from '../../../contracts/config/approval-settings.ts';
import { gateCheckId } from '../../../contracts/github/check-run.ts';
import { failureOf } from '../../../contracts/core/failures.ts';
import { protectionGateId, protectionWorkflowId } from '../../../contracts/github/protection.ts';
import type { ProtectedJob, ProtectionRules } from '../../../contracts/github/protection.ts';
import { CONTROL_QUEUE } from '../../../contracts/core/queues.ts';
import { decideApproval } from '../../../workflows/messages/release.messages.ts';
import type { protection } from '../../../workflows/actions/protection.workflow.ts';
import { eventually } from '../../support/eventually.ts';
import type { Call } from '../../support/simulation/faults.ts';
import { digestOf } from '../../support/simulation/fixtures.ts';
import { startTimeSkippingWorld, startWorld } from '../world.ts';
import type { World } from '../world.ts';

const HOUR = 3_600_000;
const person = (name: string): Actor => ({ kind: 'github', name });
const APPROVAL: ApprovalSettings = {
  from: { users: ['ann', 'ben', 'octocat'], teams: ['acme/leads'], permission: null },
  count: 1,
  selfReview: false,
  remindAfterMs: null,
  escalateAfterMs: null,
  escalateTo: null,
  expireAfterMs: 24 * HOUR,
};

let world: World;
let runs = 0;
beforeAll(async () => {
  world = await startWorld({ hosts: [] });
  world.gitHub.members.set('acme/leads', new Set(['lea']));
});

/** A job that wants to go to an environment of its own, about which landfall.yaml says this. */
function jobTo(
  rules: Partial<Extract<ProtectionRules, { known: true }>> | undefined,
  changes: Partial<ProtectedJob> = {},
  on = world,
) {
  runs += 1;
  const environment = changes.environment ?? `env-${String(runs)}`;
  const key = { project: 'shop', service: 'web', environment };
  if (rules) on.repository.rules.set(environment, { known: true, keys: [key], ...rules });
  const job: ProtectedJob = {
    ...{ kind: 'protection', requestKey: `github/${randomUUID()}`, repositoryId: '7', repository: 'acme/shop' },
    ...{
      installationId: '11',
      runId: String(100 + runs),
      environment,
      commit: 'a'.repeat(40),
      ref: 'main',
      event: 'push',
    },
    actor: person('octocat'),
    ...changes,
  };
  return { job, key, gate: protectionGateId(job), check: gateCheckId(protectionGateId(job)) };
}

/** Starts it like the inbox. */
const ask = (job: ProtectedJob, on = world) =>
  on.client.workflow.execute('protectionRequest', {
    taskQueue: CONTROL_QUEUE,
    workflowId: job.requestKey,
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    args: [job],
  });
const handleOf = (job: ProtectedJob, on = world) =>
  on.client.workflow.getHandle<typeof protection>(protectionWorkflowId(job));
const answersTo = ({ runId }: ProtectedJob, on = world) =>
  on.gitHub.answers(runId).map(({ state, comment }) => [state ?? 'comment', comment]);

const decide = (job: ProtectedJob, by: Actor, changes: Partial<DecisionRequest> = {}) =>
  handleOf(job).executeUpdate(decideApproval, {
    args: [{ deploymentId: protectionGateId(job), decision: 'approve', by, via: 'check', note: '', ...changes }],
  });
const refusal = (update: Promise<unknown>) =>
  update.then(
    () => undefined,
    (error: unknown) => failureOf(error instanceof WorkflowUpdateFailedError ? error.cause : error),
  );
const waits = (job: ProtectedJob, on = world) =>
  eventually('the job to wait', () => on.gitHub.answers(job.runId).length > 0 || undefined);

describe('a job', () => {
  test('to an environment that asks for nobody goes there at once [A7][B1]', async () => {
    const { job } = jobTo({});
    await ask(job);
    expect(await handleOf(job).result()).toMatchObject({ answer: 'approved', taken: true });
    expect(answersTo(job)).toEqual([['approved', 'Nothing holds it back.']]);
  });

  test('that has ended holds no gate open when its lost request is handed over again [A7][F1]', async () => {
    const { job } = jobTo({ approval: APPROVAL });
    await ask(job);
    await waits(job);
    await decide(job, person('ann'));
    expect(await handleOf(job).result()).toMatchObject({ answer: 'approved', taken: true });
    const before = answersTo(job);

    await ask({ ...job, requestKey: `${job.requestKey}-again` });

    expect(await handleOf(job).result()).toEqual({
      ...{ answer: 'rejected', taken: false },
      comment: 'The job does not wait any more.',
    });
    expect(answersTo(job)).toEqual(before);
  });

  test('whose comment GitHub refuses while it waits keeps its gate [A7][F1]', async () => {
    const { job } = jobTo({ approval: APPROVAL });
    world.gitHub.uncommented.add(job.runId);
    await ask(job);
    const looks = () =>
      world.faults.callsOf('jobWaits').filter(({ input }) => (input as { runId?: string }).runId === job.runId);
    await eventually('GitHub to be asked what the run waits for', () => looks().length > 0);

    await decide(job, person('ann'));

    expect(await handleOf(job).result()).toMatchObject({ answer: 'approved', taken: true });
    expect(answersTo(job)).toEqual([['approved', expect.stringContaining('Approved by ann')]]);
  });

  test('to an environment that landfall.yaml does not name is rejected with what to add [A7]', async () => {
    const { job } = jobTo(undefined, { environment: 'Production EU / ü' });
    await ask(job);
    expect(await handleOf(job).result()).toMatchObject({ answer: 'rejected' });
    expect(answersTo(job)).toEqual([['rejected', 'landfall.yaml has no environment "Production EU / ü".']]);
  });

  const by = person('ann');
  const at = Date.now();
  test.each([
    [
      'locked',
      { lock: { owner: by, reason: 'measuring', at, expiresAt: at + HOUR } },
      /is locked by ann until .*: measuring/,
    ],
    ['paused', { pause: { by, reason: 'upgrade', at } }, /is paused by ann: upgrade/],
    ['held after a rollback', { hold: { by, at, deploymentId: 'shop.web.production.1' } }, /ann rolled back by hand/],
  ])('to an environment that is %s is rejected with who and until when [A7][E9]', async (_case, state, words) => {
    const { job, key } = jobTo({});
    world.environments.set(key, state);
    await ask(job);
    expect(await handleOf(job).result()).toMatchObject({
      answer: 'rejected',
      comment: expect.stringMatching(words) as unknown,
    });
  });

  test('to a frozen environment is rejected with until when, however it was started [A7][E9]', async () => {
    const to = Date.now() + HOUR;
    const { job } = jobTo(
      { freeze: [{ kind: 'once', from: 0, to, reason: 'holidays' }] },
      { event: 'workflow_dispatch' },
    );
    await ask(job);
    const until = new Date(to).toISOString();
    expect(await handleOf(job).result()).toMatchObject({
      comment: `${job.environment} is frozen until ${until}: holidays. Run the job again when that is over.`,
    });
  });

  test('of whoever holds the lock, or started by hand after a rollback, goes there [A7][E9]', async () => {
    const { job, key } = jobTo({}, { event: 'workflow_dispatch' });
    const octocat = person('octocat');
    world.environments.set(key, {
      lock: { owner: octocat, reason: 'mine', at, expiresAt: null },
      hold: { by, at, deploymentId: 'shop.web.production.1' },
    });
    await ask(job);
    expect(await handleOf(job).result()).toMatchObject({ answer: 'approved' });
  });

  test("of whoever holds the lock, with another person's push, does not go there [A7][E9]", async () => {
    const { job, key } = jobTo({ alsoBy: [person('zoe')] });
    const lock = { owner: person('octocat'), reason: 'mine', at, expiresAt: null };
    world.environments.set(key, { lock });
    await ask(job);
    expect(await handleOf(job).result()).toMatchObject({
      answer: 'rejected',
      comment: expect.stringContaining('is locked by octocat: mine'),
    });
  });
});

describe('a job that somebody has to approve', () => {
  test('waits, on GitHub and on its commit with buttons, and goes on once they did [A7][E11]', async () => {
    const { job, gate, check } = jobTo({ approval: APPROVAL });
    await ask(job);
    await waits(job);
    await eventually('its check', () => world.gitHub.shown(check).length > 0 || undefined);
    expect(world.gitHub.shown(check).at(-1)).toMatchObject({
      ...{
        name: `Landfall: Actions / ${job.environment}`,
        conclusion: 'action_required',
        buttons: ['approve', 'reject'],
      },
    });
    expect(answersTo(job)).toEqual([['comment', expect.stringContaining(`landfall approve ${gate}`)]]);

    expect(await decide(job, person('ann'))).toMatchObject({ deploymentId: gate, state: 'approved', digest: null });

    expect(await handleOf(job).result()).toMatchObject({ answer: 'approved', comment: 'Approved by ann (by check).' });
    expect(world.gitHub.shown(check).at(-1)).toMatchObject({ conclusion: 'success', buttons: [] });
    expect(world.records.audit.filter(({ subject }) => subject === gate)).toMatchObject([
      { action: 'approval.requested' },
      { action: 'approval.approved', actor: 'github:ann', detail: 'by check' },
    ]);
  });

  test('keeps to the same rules as a deployment: quorum, teams, nobody for themselves, this commit [A7]', async () => {
    const { job } = jobTo({ approval: { ...APPROVAL, count: 2 } });
    await ask(job);
    await waits(job);
    expect((await refusal(decide(job, person('octocat'))))?.type).toBe('Forbidden');
    expect((await refusal(decide(job, person('eve'))))?.message).toMatch(/eve may not decide about env-.*acme\/leads/);
    expect((await refusal(decide(job, person('ann'), { commit: 'b'.repeat(40) })))?.type).toBe('NotWaiting');
    expect((await refusal(decide(job, person('ann'), { digest: digestOf('some') })))?.type).toBe('NotWaiting');
    expect(await decide(job, person('ann'))).toMatchObject({ state: 'waiting' });
    expect(await decide(job, person('lea'))).toMatchObject({ state: 'approved' });
    expect(await handleOf(job).result()).toMatchObject({ comment: 'Approved by ann (by check), lea (by check).' });
  });

  /** Holds it before anybody knows what landfall.yaml asks for, which is when it is listed already. */
  const decidesEarly = async (job: ProtectedJob) => {
    const goOn = Promise.withResolvers<undefined>();
    const only = ({ input }: Call) => (input as ProtectedJob).runId === job.runId;
    world.faults.add({ activity: 'readRules', only, act: () => goOn.promise });
    await ask(job);
    const args: [DecisionRequest] = [
      { deploymentId: protectionGateId(job), decision: 'approve', by: person('ann'), via: 'api', note: '' },
    ];
    const update = await handleOf(job).startUpdate(decideApproval, { args, waitForStage: 'ACCEPTED' });
    goOn.resolve(undefined);
    return update.result();
  };

  test('may be approved from its first moment, before its rules were read [A7]', async () => {
    const { job } = jobTo({ approval: APPROVAL });
    expect(await decidesEarly(job)).toMatchObject({ state: 'approved' });
    expect(await handleOf(job).result()).toMatchObject({ answer: 'approved', comment: 'Approved by ann (by api).' });
  });

  test('by nobody, and is approved all the same before that is known, went there by itself [A7]', async () => {
    const { job } = jobTo({});
    expect((await refusal(decidesEarly(job)))?.type).toBe('NotWaiting');
    expect(await handleOf(job).result()).toMatchObject({ answer: 'approved', comment: 'Nothing holds it back.' });
  });

  test('is rejected with who and why [A7]', async () => {
    const { job, check } = jobTo({ approval: APPROVAL });
    await ask(job);
    await waits(job);
    await decide(job, person('ben'), { decision: 'reject', note: 'not on a Friday' });
    expect(await handleOf(job).result()).toMatchObject({
      answer: 'rejected',
      comment: 'ben said no: not on a Friday.',
    });
    expect(world.gitHub.shown(check).at(-1)).toMatchObject({ conclusion: 'failure' });
  });

  test('and is approved while the environment is locked, is rejected all the same [A7][E9]', async () => {
    const { job, key, check } = jobTo({ approval: APPROVAL });
    await ask(job);
    await waits(job);
    world.environments.set(key, { lock: { owner: person('zoe'), reason: 'incident', at: 0, expiresAt: null } });
    await decide(job, person('ann'));
    expect(await handleOf(job).result()).toMatchObject({
      answer: 'rejected',
      comment: `${job.environment} is locked by zoe: incident. Run the job again when that is over.`,
    });
    expect(world.gitHub.shown(check).at(-1)).toMatchObject({ conclusion: 'failure' });
  });

  test('is never left unanswered, also when its workflow is cancelled [A7][F1]', async () => {
    const { job } = jobTo({ approval: APPROVAL });
    await ask(job);
    await waits(job);
    await handleOf(job).cancel();
    expect(await handleOf(job).result()).toMatchObject({ answer: 'rejected', comment: 'The waiting was ended.' });
  });

  test('reminds, escalates to others, and is rejected when its time is over [A7]', async () => {
    const skipping = await startTimeSkippingWorld({ hosts: [] });
    const times = { remindAfterMs: HOUR, escalateAfterMs: 2 * HOUR, expireAfterMs: 4 * HOUR };
    const approval = { ...APPROVAL, ...times, escalateTo: { users: ['boss'], teams: [], permission: null } };
    const { job, gate, check } = jobTo({ approval }, {}, skipping);
    await ask(job, skipping);
    expect(await handleOf(job, skipping).result()).toMatchObject({
      answer: 'rejected',
      comment: expect.stringMatching(/^It was not approved in time \(0 of 1\)/) as unknown,
    });
    expect(answersTo(job, skipping).map(([kind]) => kind)).toEqual(['comment', 'comment', 'comment', 'rejected']);
    const escalated = /^It still waits for approval\. Who may decide from now on: .*boss\.$/;
    expect(answersTo(job, skipping)[2]?.[1]).toMatch(escalated);
    const shown = skipping.gitHub.shown(check);
    expect(shown.slice(0, 3).map(({ message }) => message)).toEqual([
      ...[undefined, 'It still waits for approval.', expect.stringMatching(escalated)],
    ]);
    expect(shown.at(-1)).toMatchObject({ conclusion: 'timed_out', buttons: [] });
    const trail = skipping.records.audit.filter(({ subject }) => subject === gate);
    expect(trail.map(({ action }) => action)).toEqual([
      ...['approval.requested', 'approval.reminded', 'approval.escalated', 'approval.expired'],
    ]);
  });
});

describe('a question that is asked again', () => {
  test('by the same delivery is no question; for the same run while it waits it is answered with it [B1][F1]', async () => {
    const { job, check } = jobTo({ approval: APPROVAL });
    await ask(job);
    await waits(job);
    await ask({ ...job, requestKey: `${job.requestKey}-other-job` });
    await expect(ask(job)).rejects.toThrow(/already/i);
    await decide(job, person('ann'));
    expect(await handleOf(job).result()).toMatchObject({ answer: 'approved' });
    expect(answersTo(job).filter(([kind]) => kind !== 'comment')).toHaveLength(1);
    expect(new Set(world.gitHub.shown(check).map(({ externalId }) => externalId)).size).toBe(1);
  });

  test('after it was answered, as by a job that is run again, is asked anew [A7]', async () => {
    const { job } = jobTo(undefined);
    await ask(job);
    expect(await handleOf(job).result()).toMatchObject({ answer: 'rejected', taken: true });
    world.repository.rules.set(job.environment, { known: true, keys: [] });
    await ask({ ...job, requestKey: `${job.requestKey}-again` });
    // The simulation's job was answered before.
    expect(await handleOf(job).result()).toMatchObject({ answer: 'approved', taken: false });
  });
});
