/** People approve and reject over the API, with the real workflows behind it. */
import { describe, expect, test } from '@jest/globals';
import { ApprovalView } from '../../../contracts/http/people.ts';
import { protectionWorkflowId } from '../../../contracts/github/protection.ts';
import type { ProtectedJob } from '../../../contracts/github/protection.ts';
import { CONTROL_QUEUE } from '../../../contracts/core/queues.ts';
import type { DeploymentState } from '../../../contracts/deployment/states.ts';
import { FailureType, type FailureRecord } from '../../../contracts/core/failures.ts';
import { releaseProgress } from '../../../workflows/messages/release.messages.ts';
import { eventually } from '../../support/eventually.ts';
import { digestOf } from '../../support/simulation/fixtures.ts';
import { seedDeployment } from '../seed.ts';
import { waitingRelease } from '../waiting-release.ts';
import { answer, startPeople } from './stage.ts';

const { world, api } = await startPeople();

describe('a deployment that waits for approval', () => {
  test('goes on when it is approved with what was seen; again it is 409, because nothing waits [A7][F6]', async () => {
    const { handle, id, commit, digest } = await waitingRelease({ world, api }, 101);
    const response = await api.post(`/api/deployments/${id}/approve`, { note: 'ship it', commit, digest });
    expect(await answer(response, ApprovalView)).toMatchObject({
      deploymentId: id,
      state: 'approved',
      decisions: [{ decision: 'approve', by: { kind: 'token', name: 'ada' }, via: 'api', note: 'ship it' }],
    });
    expect(await handle.result()).toMatchObject({ outcome: 'completed' });
    const again = await api.post(`/api/deployments/${id}/approve`, {});
    expect([again.status, await again.json()]).toMatchObject([
      409,
      { type: 'urn:landfall:problem:NotWaiting', detail: expect.stringContaining('does not wait for approval') },
    ]);
  });

  test('goes on when its release, its number or its commit is approved [A7]', async () => {
    const waiting = [await waitingRelease({ world, api }, 121), await waitingRelease({ world, api }, 122)];
    const [first, second] = waiting;
    for (const [one, text] of [
      [first, 'shop.web.121'],
      [second, String(second?.commit.slice(0, 12))],
    ] as const) {
      const response = await api.post(`/api/deployments/${text}/approve`, {});
      expect(await answer(response, ApprovalView)).toMatchObject({ deploymentId: one?.id, state: 'approved' });
      expect(await one?.handle.result()).toMatchObject({ outcome: 'completed' });
    }
  });

  test('ends when it is rejected; the command line is told from a script [A7][A8]', async () => {
    const { handle, id } = await waitingRelease({ world, api }, 102);
    const response = await api.ask(`/api/deployments/${id}/reject`, {
      method: 'POST',
      body: JSON.stringify({ note: 'not on a Friday' }),
      headers: { 'content-type': 'application/json', 'x-landfall-client': 'cli' },
    });
    expect(await answer(response, ApprovalView)).toMatchObject({ state: 'rejected', decisions: [{ via: 'cli' }] });
    expect(await handle.result()).toMatchObject({
      outcome: 'cancelled',
      failure: { type: 'ApprovalRejected', message: 'ada said no: not on a Friday.' },
    });
  });

  test('stays when another commit or image was looked at: 409 with which one waits [A7]', async () => {
    const { handle, id, commit } = await waitingRelease({ world, api }, 103);
    const other = await api.post(`/api/deployments/${id}/approve`, { commit: 'f'.repeat(40) });
    expect([other.status, await other.json()]).toMatchObject([
      409,
      { detail: expect.stringContaining(commit.slice(0, 7)) },
    ]);
    expect((await api.post(`/api/deployments/${id}/approve`, { digest: digestOf('another') })).status).toBe(409);
    expect((await handle.query(releaseProgress)).state).toBe('waiting');
    expect((await api.post(`/api/deployments/${id}/reject`, {})).status).toBe(200);
    await handle.result();
  });

  test('is not for everybody: 403 with who may [A7]', async () => {
    const { handle, id } = await waitingRelease({ world, api }, 104, { users: ['lea'], teams: [], permission: null });
    const response = await api.post(`/api/deployments/${id}/approve`, {});
    expect([response.status, await response.json()]).toMatchObject([
      403,
      { type: 'urn:landfall:problem:Forbidden', detail: 'ada may not decide about production. It takes lea.' },
    ]);
    // Cancelling it is another matter: the release is what waits.
    expect((await api.post(`/api/deployments/${id}/cancel`, {})).status).toBe(202);
    expect(await handle.result()).toMatchObject({ outcome: 'cancelled' });
  });
});

describe('a deployment that has ended', () => {
  const rejected = { type: FailureType.ApprovalRejected, message: 'lea said no: not on a Friday.' };
  const expired = { type: FailureType.ApprovalExpired, message: 'It was not decided within 7 days.' };
  const unhealthy = { type: FailureType.Unhealthy, message: 'it answered with 500.' };
  test.each<[string, number, DeploymentState, FailureRecord | undefined, string]>([
    ['live', 301, 'live', undefined, 'it has ended (live).'],
    ['rejected', 302, 'cancelled', rejected, 'it has ended (cancelled: lea said no: not on a Friday). Deploy it again'],
    [
      'expired',
      303,
      'cancelled',
      expired,
      'it has ended (cancelled: It was not decided within 7 days). Deploy it again',
    ],
    ['cancelled', 304, 'cancelled', undefined, 'it has ended (cancelled). Deploy it again'],
    ['rolled back', 305, 'rolled_back', unhealthy, 'it has ended (rolled back: it answered with 500). Deploy it again'],
    ['superseded', 306, 'superseded', undefined, 'it has ended (superseded). Deploy it again'],
  ])(
    '(%s) is not decided about any more: 409 with its state and why [A7][F6]',
    async (_what, sequence, state, why, said) => {
      const ended = { environment: 'staging', sequence, state, ...(why && { failure: why }) };
      const id = await seedDeployment(api.store, ended);
      for (const verb of ['approve', 'reject']) {
        const response = await api.post(`/api/deployments/${id}/${verb}`, {});
        const type = 'urn:landfall:problem:NotWaiting';
        expect([response.status, await response.json()]).toEqual([
          409,
          expect.objectContaining({ type, state, detail: expect.stringContaining(said) }),
        ]);
      }
    },
  );

  test('is not cancelled either: 409 with its state [B10][F6]', async () => {
    const id = await seedDeployment(api.store, { sequence: 307, environment: 'staging', state: 'superseded' });
    const response = await api.post(`/api/deployments/${id}/cancel`, {});
    expect([response.status, await response.json()]).toMatchObject([409, { state: 'superseded' }]);
  });
});

describe('a job of GitHub Actions that waits for approval', () => {
  test('is decided about by the id that its comment names; one that does not wait is 409, one that cannot be is 404 [A7][F6]', async () => {
    const job: ProtectedJob = {
      ...{
        kind: 'protection',
        requestKey: 'github/1',
        repositoryId: '7',
        repository: 'acme/shop',
        installationId: '11',
      },
      ...{ runId: '456', environment: 'production', commit: 'a'.repeat(40), ref: 'main', event: 'push' },
      actor: { kind: 'github', name: 'octocat' },
    };
    const times = { remindAfterMs: null, escalateAfterMs: null, escalateTo: null, expireAfterMs: 3_600_000 };
    const from = { users: ['token:ada'], teams: [], permission: null };
    const approval = { from, count: 1, selfReview: false, ...times };
    world.repository.rules.set('production', { known: true, keys: [], approval });
    const workflowId = protectionWorkflowId(job);
    const options = { taskQueue: CONTROL_QUEUE, workflowId, args: [job] };
    const handle = await world.client.workflow.start('protection', options);
    await eventually('the job to wait', () => world.gitHub.answers('456').length > 0 || undefined);

    const id = 'github.actions.7.456.production';
    expect(await answer(await api.post(`/api/deployments/${id}/approve`, {}), ApprovalView)).toMatchObject({
      ...{ deploymentId: id, state: 'approved', digest: null, commit: job.commit },
    });
    expect(await handle.result()).toMatchObject({ answer: 'approved', comment: 'Approved by ada (by api).' });
    expect((await api.post(`/api/deployments/${id}/reject`, {})).status).toBe(409);
    expect((await api.post('/api/deployments/github.actions.7.0.production/reject', {})).status).toBe(404);
  });
});
