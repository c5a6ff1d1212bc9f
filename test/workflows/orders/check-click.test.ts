/** The result of a click on a check run: the real order port and a real store behind the real workflows. */
import { checkName } from '../../../contracts/github/shown-names.ts';
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { createPeopleActivities } from '../../../activities/people/people.activities.ts';
import type { OrderPort } from '../../../activities/people/people.port.ts';
import { createOrderPort } from '../../../api/operations/order-port.ts';
import { createTemporalGateway } from '../../../api/temporal/gateway.ts';
import { deploymentCheckId } from '../../../contracts/github/check-run.ts';
import type { CheckClick, SuiteClick } from '../../../contracts/github/check-run.ts';
import { releaseId } from '../../../contracts/core/ids.ts';
import { protectionGateId, protectionWorkflowId } from '../../../contracts/github/protection.ts';
import type { ProtectedJob } from '../../../contracts/github/protection.ts';
import { CONTROL_QUEUE } from '../../../contracts/core/queues.ts';
import { recordReleaseResult } from '../../../store/queries/record-release.ts';
import type { checkClick } from '../../../workflows/orders/check-click.workflow.ts';
import type { suiteClick } from '../../../workflows/orders/suite-click.workflow.ts';
import { environmentState } from '../../../workflows/messages/environment.messages.ts';
import { NO_TEMPORAL, startApi, type Api } from '../../api/harness.ts';
import { KEY, NOON, seedDeployment, seedService } from '../../api/seed.ts';
import { waitingRelease } from '../../api/waiting-release.ts';
import { eventually } from '../../support/eventually.ts';
import { deploymentRequest, releaseDraft } from '../../support/simulation/fixtures.ts';
import { askEnvironment } from '../../support/simulation/scene.ts';
import { startWorld } from '../world.ts';
import type { World } from '../world.ts';

const ANN_MAY = { users: ['ann'], teams: [], permission: null };

let world: World;
let api: Api;
beforeAll(async () => {
  const orders = Promise.withResolvers<OrderPort>();
  const people = createPeopleActivities({
    decide: async (order) => (await orders.promise).decide(order),
    cancel: async (...order) => (await orders.promise).cancel(...order),
    lock: async (order) => (await orders.promise).lock(order),
    unlock: async (order) => (await orders.promise).unlock(order),
    destroy: async (...order) => (await orders.promise).destroy(...order),
    preview: async (request) => (await orders.promise).preview(request),
    removePreview: async (removal) => (await orders.promise).removePreview(removal),
    retryOf: async (order) => (await orders.promise).retryOf(order),
    stateOf: async (question) => (await orders.promise).stateOf(question),
    releaseFacts: async (id) => (await orders.promise).releaseFacts(id),
    releaseResult: async (...question) => (await orders.promise).releaseResult(...question),
    resolveCommand: async (question) => (await orders.promise).resolveCommand(question),
    describePlan: async (question) => (await orders.promise).describePlan(question),
    endJobs: async (run) => (await orders.promise).endJobs(run),
    unlockTied: async (closed) => (await orders.promise).unlockTied(closed),
  });
  world = await startWorld({ hosts: ['host-a'], control: people });
  api = await startApi({ address: NO_TEMPORAL, temporal: createTemporalGateway(world.client) });
  orders.resolve(createOrderPort(api.deps));
  await seedService(api.store);
  world.gitHub.permissions.set('ann', 'write');
  world.gitHub.permissions.set('eve', 'triage');
});

type Click = Pick<CheckClick, 'subject' | 'wanted'> & Partial<CheckClick>;

/** Starts it like the inbox. */
async function click({ orderId = randomUUID(), ...changes }: Click) {
  const asked: CheckClick = {
    ...{ kind: 'check', requestKey: `github/${orderId}`, orderId, repositoryId: '7', repository: 'acme/shop' },
    ...{ installationId: '11', checkRunId: '5', commit: 'a'.repeat(40), actor: { kind: 'github', name: 'ann' } },
    ...changes,
  };
  const answer = await world.client.workflow.execute<typeof checkClick>('checkClick', {
    taskQueue: CONTROL_QUEUE,
    workflowId: asked.requestKey,
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    args: [asked],
  });
  return { answer, told: world.gitHub.notes.filter(({ checkRunId }) => checkRunId === asked.checkRunId) };
}

const by = (name: string) => ({ kind: 'github', name }) as const;
/** The triggers sent for admission, newest last. */
const triggers = () => world.faults.callsOf('admit').map(({ input }) => input);

describe('a button on a check run that waits', () => {
  test('lets the release go on, by the name of who pressed it [A7][B1]', async () => {
    const { handle, id, commit } = await waitingRelease({ world, api }, 301, ANN_MAY);
    const subject = { kind: 'deployment', id } as const;
    const { answer, told } = await click({ subject, wanted: 'approve', commit, checkRunId: '301' });
    expect(answer).toEqual({ done: true, note: null });
    expect(told).toEqual([]);
    expect(await handle.result()).toMatchObject({ outcome: 'completed' });
    const trail = world.records.audit.filter(({ subject: about }) => about === id);
    expect(trail.at(-1)).toMatchObject({ action: 'approval.approved', actor: 'github:ann', detail: 'by check' });
    expect(world.gitHub.shown(deploymentCheckId(id)).map(({ conclusion, buttons }) => [conclusion, buttons])).toEqual([
      ['action_required', ['approve', 'reject']],
      ['action_required', []],
      ['success', ['roll-back']],
    ]);
  });

  test('ends it just as well, and a second click is told what it has become [A7]', async () => {
    const { handle, id, commit } = await waitingRelease({ world, api }, 302, ANN_MAY);
    const subject = { kind: 'deployment', id } as const;
    expect((await click({ subject, wanted: 'reject', commit })).answer.done).toBe(true);
    expect(await handle.result()).toMatchObject({ outcome: 'cancelled', failure: { type: 'ApprovalRejected' } });
    expect(world.gitHub.shown(deploymentCheckId(id)).at(-1)).toMatchObject({ conclusion: 'cancelled', buttons: [] });
    const late = await click({ subject, wanted: 'approve', commit, checkRunId: '302' });
    expect(late.answer).toMatchObject({ done: false });
    expect(late.told).toMatchObject([{ note: expect.stringMatching(/^ann pressed "Approve": .*(ended|rejected)/) }]);
  });

  test('of who may not says so there, and leaves the buttons to others [A7]', async () => {
    const { handle, id, commit } = await waitingRelease({ world, api }, 303, { ...ANN_MAY, users: ['lea'] });
    const subject = { kind: 'deployment', id } as const;
    const { answer, told } = await click({ subject, wanted: 'approve', commit, actor: by('eve'), checkRunId: '303' });
    const note = 'eve pressed "Approve": eve may not decide about production. It takes lea.';
    expect([answer.done, told]).toMatchObject([false, [{ note, buttons: ['approve', 'reject'] }]]);
    await handle.cancel();
    await handle.result();
  });

  test('that arrives again acts once [B1][F1]', async () => {
    const { handle, id, commit } = await waitingRelease({ world, api }, 304, ANN_MAY);
    const again = { subject: { kind: 'deployment', id }, wanted: 'approve', commit, orderId: randomUUID() } as const;
    await click(again);
    await expect(click(again)).rejects.toThrow(/already/i);
    await handle.result();
  });

  test('opens the gate of a job of GitHub Actions as well [A7]', async () => {
    const job: ProtectedJob = {
      ...{ kind: 'protection', requestKey: 'github/job', repositoryId: '7', repository: 'acme/shop', runId: '77' },
      ...{ installationId: '11', environment: 'gated', commit: 'a'.repeat(40), ref: 'main', event: 'push' },
      actor: by('octocat'),
    };
    const times = { remindAfterMs: null, escalateAfterMs: null, escalateTo: null, expireAfterMs: 3_600_000 };
    const approval = { from: ANN_MAY, count: 1, selfReview: false, ...times };
    world.repository.rules.set('gated', { known: true, keys: [], approval });
    await world.client.workflow.execute('protectionRequest', {
      ...{ taskQueue: CONTROL_QUEUE, workflowId: job.requestKey, args: [job] },
    });
    await eventually('the job to wait', () => world.gitHub.answers('77').length > 0 || undefined);
    const { answer } = await click({ subject: { kind: 'gate', id: protectionGateId(job) }, wanted: 'approve' });
    expect(answer.done).toBe(true);
    expect(await world.client.workflow.getHandle(protectionWorkflowId(job)).result()).toMatchObject({
      comment: 'Approved by ann (by check).',
    });
  });
});

describe('"Roll back" on what is live', () => {
  /** Two versions that went live, one after the other. */
  async function twoVersions(environment: string) {
    const request = (sequence: number) =>
      deploymentRequest({ key: { ...KEY, environment }, sequence, hosts: ['host-a'] });
    for (const sequence of [1, 2]) {
      const handle = await askEnvironment(world.client, request(sequence));
      await eventually('it to be live', async () => (await handle.query(environmentState)).live?.sequence === sequence);
    }
    return { first: request(1), second: request(2) };
  }

  test('brings back what was live before it [A9]', async () => {
    const { first, second } = await twoVersions('live-one');
    const subject = { kind: 'deployment', id: second.deploymentId } as const;
    const { answer, told } = await click({ subject, wanted: 'roll-back', checkRunId: '311' });
    expect(answer.done).toBe(true);
    expect(told).toMatchObject([{ note: expect.stringMatching(/^ann pressed "Roll back": /), buttons: [] }]);
    expect(triggers().at(-1)).toMatchObject({
      ...{ kind: 'rollback', environment: 'live-one', to: first.deploymentId, actor: by('ann') },
    });
  });

  test.each([
    [
      'of an older version is refused with what is live instead',
      'first',
      'ann',
      /is not live any more in .*, but .*\.2\)/,
    ],
    ['without write permission is refused with what it takes', 'second', 'eve', /write permission .* eve has triage/],
  ] as const)('%s [A7][A9]', async (_case, which, name, words) => {
    const versions = await twoVersions(`refused-${name}`);
    const before = triggers().length;
    const subject = { kind: 'deployment', id: versions[which].deploymentId } as const;
    const { answer, told } = await click({ subject, wanted: 'roll-back', actor: by(name), checkRunId: '312' });
    expect(answer).toEqual({ done: false, note: expect.stringMatching(words) as unknown });
    expect(told.at(-1)?.note).toMatch(words);
    expect(triggers()).toHaveLength(before);
  });
});

describe('"Re-run"', () => {
  async function failed(sequence: number) {
    const id = await seedDeployment(api.store, { sequence, state: 'failed' });
    const release = releaseId(KEY, sequence);
    await recordReleaseResult(api.store.db, {
      releaseId: release,
      at: NOON,
      result: { outcome: 'failed', stages: [] },
    });
    return { id, release };
  }

  test.each([
    ['deployment', 321],
    ['build', 322],
  ] as const)('of a failed %s releases the same commit again [B1][B10]', async (kind, sequence) => {
    const { id, release } = await failed(sequence);
    const subject = { kind, id: kind === 'build' ? release : id };
    const { answer } = await click({ subject, wanted: 'again' });
    expect(answer.note).not.toBeNull();
    expect(answer.done).toBe(true);
    expect(triggers().at(-1)).toMatchObject({ kind: 'request', environment: 'production', actor: by('ann') });
  });

  test('of what has landed, by who may only read, or of a job of GitHub Actions does nothing [B1]', async () => {
    const { id } = await failed(323);
    const before = triggers().length;
    const landed = await seedDeployment(api.store, { sequence: 324 });
    const again = async (subject: CheckClick['subject'], name = 'ann') =>
      (await click({ subject, wanted: 'again', actor: by(name) })).answer.note;
    expect(await again({ kind: 'deployment', id: landed })).toMatch(/nothing to retry/);
    expect(await again({ kind: 'deployment', id }, 'eve')).toMatch(/write permission/);
    expect(await again({ kind: 'gate', id: 'github.actions.7.1.production' })).toMatch(/again on GitHub Actions/);
    expect(triggers()).toHaveLength(before);
  });

  test('whose commit has been released meanwhile is answered with the release that brings it [B1][B10]', async () => {
    const { id, release } = await failed(328);
    world.repository.push('main', releaseDraft({ key: KEY, content: 'released', environments: [] }));
    const again = async () => click({ subject: { kind: 'deployment', id }, wanted: 'again', checkRunId: '328' });
    const first = await again();
    expect(first.answer).toMatchObject({ done: true, note: expect.stringMatching(/ does it\.$/) });

    const { answer, told } = await again();

    const brings = first.answer.note?.replace(/ does it\.$/, '') ?? '';
    expect(answer).toEqual({ done: true, note: `nothing to do: ${brings} already brings this commit.` });
    expect(told.at(-1)).toMatchObject({ note: `ann pressed "Re-run": ${answer.note ?? ''}`, buttons: [] });
    expect(release).not.toBe(brings);
  });

  test('of all checks of a commit releases again what failed, each once, and says of the others why not [B1][B10]', async () => {
    const [one, other] = [await failed(325), await failed(326)];
    const landed = await seedDeployment(api.store, { sequence: 327 });
    const subjects: readonly CheckClick['subject'][] = [
      { kind: 'deployment', id: one.id },
      { kind: 'deployment', id: landed },
      { kind: 'build', id: one.release },
      { kind: 'build', id: other.release },
    ];
    const listed = subjects.map((subject, index) => ({ checkRunId: String(330 + index), subject }));
    world.gitHub.suites.set('9', listed);
    const before = triggers().length;
    const orderId = randomUUID();
    const asked: SuiteClick = {
      ...{ kind: 'check-suite', requestKey: `github/${orderId}`, orderId, checkSuiteId: '9', repositoryId: '7' },
      ...{ repository: 'acme/shop', installationId: '11', commit: 'a'.repeat(40), actor: by('ann') },
    };
    const answers = await world.client.workflow.execute<typeof suiteClick>('suiteClick', {
      taskQueue: CONTROL_QUEUE,
      workflowId: asked.requestKey,
      args: [asked],
    });

    expect(answers.map(({ done }) => done)).toEqual([true, false, true]);
    expect(triggers().slice(before)).toMatchObject([
      { kind: 'request', actor: by('ann') },
      { kind: 'request', actor: by('ann') },
    ]);
    const told = world.gitHub.notes.filter(({ checkRunId }) => /^33\d$/.test(checkRunId));
    expect(told.map(({ checkRunId }) => checkRunId)).toEqual(['330', '331', '333']);
    expect(told[1]?.note).toMatch(/^ann pressed "Re-run": .*nothing to retry/);
  });
});

describe('"Re-run" on the check of a commit', () => {
  const id = 'e'.repeat(40);
  const repository = { repositoryId: '7', repository: 'acme/shop', installationId: '11', cloneUrl: '' };
  const origin = { kind: 'github', ...repository } as const;
  const runAll = async (checkSuiteId: string) => {
    const orderId = randomUUID();
    const asked: SuiteClick = {
      ...{ kind: 'check-suite', requestKey: `github/${orderId}`, orderId, checkSuiteId, repositoryId: '7' },
      ...{ repository: 'acme/shop', installationId: '11', commit: id, actor: { kind: 'github', name: 'ann' } },
    };
    const run = { taskQueue: CONTROL_QUEUE, workflowId: asked.requestKey, args: [asked] as [SuiteClick] };
    return world.client.workflow.execute<typeof suiteClick>('suiteClick', run);
  };
  const verdictsOf = () => world.events.verdicts.filter(({ commit }) => commit === id);

  test('looks at the commit once more, and says on the check what that came to [B1]', async () => {
    const { answer, told } = await click({
      subject: { kind: 'commit', id },
      commit: id,
      wanted: 'again',
      checkRunId: '71',
    });
    expect(answer.done).toBe(true);
    expect(verdictsOf()).toMatchObject([{ conclusion: 'success' }]);
    expect(told).toMatchObject([
      { note: expect.stringMatching(/^ann pressed "Re-run": looked at again: landfall\.yaml can/) },
    ]);
  });

  test('takes write permission, and says so [B1]', async () => {
    const before = verdictsOf().length;
    const by = { kind: 'github', name: 'eve' } as const;
    const { answer } = await click({ subject: { kind: 'commit', id }, commit: id, wanted: 'again', actor: by });
    expect(answer).toMatchObject({ done: false, note: expect.stringContaining('takes write permission') });
    expect(verdictsOf()).toHaveLength(before);
  });

  test('is answered on every check of the commit by "Re-run all", and what was refused is no longer red [B1]', async () => {
    const refused = { kind: 'commit', id, refused: true } as const;
    const opened = {
      origin,
      buildId: `refused.${id}`,
      commit: id,
      name: checkName('Landfall'),
      title: '',
      logPath: '/',
    };
    const checkRunId = await world.gitHub.activities.openBuildCheck(opened);
    world.gitHub.suites.set('81', [
      { checkRunId, subject: refused },
      { checkRunId: '82', subject: { kind: 'commit', id } },
    ]);
    expect(await runAll('81')).toMatchObject([{ done: true }, { done: true }]);
    expect(world.gitHub.check(`refused.${id}`)?.updates).toMatchObject([{ conclusion: 'success' }]);
    const noted = world.gitHub.notes.filter((one) => [checkRunId, '82'].includes(one.checkRunId));
    expect(noted.map((one) => one.checkRunId)).toEqual([checkRunId, '82']);
  });

  test.each([
    ['build', 'shop.web.999999'],
    ['deployment', 'shop.web.production.999999'],
    ['gate', 'github.actions.7.999.production'],
    ['commit', id],
  ] as const)('is answered on the check of a %s, whatever is known of it [B1]', async (kind, about) => {
    const checkRunId = String(900 + about.length);
    world.gitHub.suites.set(checkRunId, [{ checkRunId, subject: { kind, id: about } }]);
    expect(await runAll(checkRunId)).toMatchObject([{ note: expect.stringMatching(/./) }]);
    expect(world.gitHub.notes.filter((one) => one.checkRunId === checkRunId)).toHaveLength(1);
  });

  test('is meant by "Re-run all" of a commit that has nothing else to run again [B1]', async () => {
    const before = verdictsOf().length;
    expect(await runAll('404')).toEqual([]);
    expect(verdictsOf()).toHaveLength(before + 1);
  });
});
