/** Jobs of GitHub Actions that wait: where people see them, and what ends the waiting. The order port, store and gateway are real. */
import type { GitHubId } from '../../../contracts/core/github-id.ts';
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { createPeopleActivities } from '../../../activities/people/people.activities.ts';
import type { OrderPort } from '../../../activities/people/people.port.ts';
import { createOrderPort } from '../../../api/operations/order-port.ts';
import { createTemporalGateway } from '../../../api/temporal/gateway.ts';
import { WaitingJobs } from '../../../contracts/http/people.ts';
import { gateCheckId } from '../../../contracts/github/check-run.ts';
import { protectionGateId, protectionWorkflowId, type ProtectedJob } from '../../../contracts/github/protection.ts';
import { CONTROL_QUEUE } from '../../../contracts/core/queues.ts';
import type { delivery } from '../../../workflows/admission/admission.workflow.ts';
import type { protection } from '../../../workflows/actions/protection.workflow.ts';
import { NO_TEMPORAL, startApi, type Api } from '../../api/harness.ts';
import { eventually } from '../../support/eventually.ts';
import { startWorld } from '../world.ts';
import type { World } from '../world.ts';

const HOUR = 3_600_000;

let world: World;
let api: Api;
beforeAll(async () => {
  const late: { orders?: OrderPort } = {};
  // The order port speaks to the server of the world that it is a part of.
  const orders = new Proxy({} as OrderPort, { get: (_, name) => Reflect.get(late.orders ?? {}, name) as unknown });
  world = await startWorld({ hosts: [], control: createPeopleActivities(orders) });
  api = await startApi({ address: NO_TEMPORAL, temporal: createTemporalGateway(world.client) });
  late.orders = createOrderPort(api.deps);
});

const jobs = async () => WaitingJobs.parse(await (await api.ask('/api/jobs')).json());
const handleOf = (job: ProtectedJob) => world.client.workflow.getHandle<typeof protection>(protectionWorkflowId(job));

/** A job that waits for an approval, and is seen to. */
async function waits(runId: GitHubId, environment = 'production'): Promise<ProtectedJob> {
  const from = { users: ['token:ada'], teams: [], permission: null };
  const times = { remindAfterMs: null, escalateAfterMs: null, escalateTo: null, expireAfterMs: HOUR };
  world.repository.rules.set(environment, {
    ...{ known: true, keys: [] },
    approval: { from, count: 1, selfReview: false, ...times },
  });
  const job: ProtectedJob = {
    ...{ kind: 'protection', requestKey: `github/${randomUUID()}`, repositoryId: '7', repository: 'acme/shop', runId },
    ...{ installationId: '11', environment, commit: 'a'.repeat(40), ref: 'main', event: 'push' },
    actor: { kind: 'github', name: 'octocat' },
  };
  await world.client.workflow.execute('protectionRequest', {
    ...{ taskQueue: CONTROL_QUEUE, workflowId: job.requestKey, args: [job] },
  });
  await eventually('it to be seen', async () => (await jobs()).jobs.some((one) => one.runId === runId));
  return job;
}

/** GitHub tells that a run has ended, as the inbox hands it over. */
const ends = (runId: GitHubId, endedAt: number) => {
  const requestKey = `github/${randomUUID()}`;
  const ci = { kind: 'ci', requestKey, repositoryId: '7', repository: 'acme/shop', installationId: '11' } as const;
  const about = { headRepositoryId: '7', event: 'push', workflow: '.github/workflows/ci.yml', branch: 'main' };
  const trigger = { ...ci, ...about, commit: 'a'.repeat(40), conclusion: 'cancelled', run: { id: runId, endedAt } };
  return world.client.workflow.execute<typeof delivery>('delivery', {
    ...{ taskQueue: CONTROL_QUEUE, workflowId: requestKey },
    args: [{ ...trigger, actor: { kind: 'github', name: 'octocat' } }],
  });
};

describe('a job that waits', () => {
  test('is listed with how it is let go on, on the board as well, until it is [A7][F6]', async () => {
    const job = await waits('71');
    expect(await jobs()).toMatchObject({
      answered: true,
      jobs: [
        {
          ...{ id: protectionGateId(job), repository: 'acme/shop', environment: 'production', runId: '71' },
          ...{ url: 'https://github.com/acme/shop/actions/runs/71', actor: 'octocat', commit: job.commit },
        },
      ],
    });
    const board = await (await api.ask('/', { headers: { accept: 'text/html' } })).text();
    expect(board).toContain(`landfall approve ${protectionGateId(job)}`);

    expect((await api.post(`/api/deployments/${protectionGateId(job)}/approve`, {})).status).toBe(200);
    await handleOf(job).result();
    await eventually('it to be gone', async () => (await jobs()).jobs.length === 0);
  });

  test("for an environment whose name is only GitHub's is listed with an id that can be said too [A7]", async () => {
    const job = await waits('72', 'Production EU');
    const id = protectionGateId(job);
    expect(id).toMatch(/\.72\.production_20eu$/);
    expect((await jobs()).jobs).toMatchObject([{ id, environment: 'production eu', runId: '72' }]);
    expect((await api.post(`/api/deployments/${id}/approve`, {})).status).toBe(200);
    expect(await handleOf(job).result()).toMatchObject({ answer: 'approved' });
  });

  test('waits no longer once its run has ended, such as by a cancel on GitHub [A7][B1]', async () => {
    const [job, other] = [await waits('73'), await waits('74')];
    // In whole seconds, as GitHub tells it.
    await ends('73', Math.floor(Date.now() / 1_000) * 1_000);
    expect(await handleOf(job).result()).toMatchObject({ answer: 'rejected', comment: 'The waiting was ended.' });
    const shown = world.gitHub.shown(gateCheckId(protectionGateId(job))).at(-1);
    expect(shown).toMatchObject({ conclusion: 'cancelled', buttons: [] });
    expect((await handleOf(other).describe()).status.name).toBe('RUNNING');
    await handleOf(other).cancel();
    await handleOf(other).result();
  });

  test("of the run's next attempt goes on when the end of the one before is told late [A7][B1]", async () => {
    const before = Date.now() - 60_000;
    const job = await waits('75');
    await ends('75', before);
    expect((await handleOf(job).describe()).status.name).toBe('RUNNING');
    await handleOf(job).cancel();
    await handleOf(job).result();
  });
});

test('while Temporal is away nobody knows what waits, and the list says so [A7][F1]', async () => {
  const away = await startApi({ address: NO_TEMPORAL });
  expect(await (await away.ask('/api/jobs')).json()).toEqual({ answered: false, jobs: [] });
}, 300_000);
