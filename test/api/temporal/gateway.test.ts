import { hostQueue } from '../../../contracts/core/queues.ts';
import { podmanTarget, publishedPort } from '../../support/targets/podman.ts';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { z } from 'zod';
import { ReleaseAccepted, ReleaseView, EnvironmentView, ValidateResult } from '../../../contracts/http/api.ts';
import { createTemporalGateway } from '../../../api/temporal/gateway.ts';
import { failure } from '../../../contracts/core/failures.ts';
import { deploymentWorkflowId, releaseWorkflowId, requestWorkflowId } from '../../../contracts/core/ids.ts';
import { saveServices } from '../../../store/queries/services.ts';
import { recordDeployment } from '../../../store/queries/record-deployment.ts';
import { recordRelease } from '../../../store/queries/record-release.ts';
import { eventually } from '../../support/eventually.ts';
import {
  environmentSettings,
  releaseDraft,
  releaseInput,
  serviceSettings,
  deploymentRequest,
} from '../../support/simulation/fixtures.ts';
import { startWorld, type World } from '../../workflows/world.ts';
import { NO_TEMPORAL, startApi, type Api } from '../harness.ts';
import { KEY, seedService } from '../seed.ts';

let world: World;
let api: Api;

beforeAll(async () => {
  world = await startWorld({ hosts: ['host-a'], builders: ['builder'] });
  api = await startApi({ address: NO_TEMPORAL, temporal: createTemporalGateway(world.client) });
  await seedService(api.store);
});

const production = environmentSettings('production', ['host-a']);

/** Moves the branch to the nth commit. */
const push = (n: number): void => {
  const draft = releaseDraft({ key: KEY, content: `${KEY.service} ${n}`, environments: [production] });
  world.repository.push('main', draft);
};

/** Asks, again and again when the answer takes its time: that is what the request id is for. */
const request = (requestId: string) =>
  eventually(`${requestId} to be decided`, async () => {
    const response = await api.post('/api/releases', { ...KEY, requestId });
    expect(response.status).toBe(202);
    const accepted = ReleaseAccepted.parse(await response.json());
    return accepted.released.length + accepted.skipped.length > 0 ? accepted : undefined;
  });

/** Holds an activity up. @returns when it has been reached, and how to let it go on */
function hold(activity: string) {
  const { promise: reached, resolve: reach } = Promise.withResolvers<undefined>();
  const { promise: letGo, resolve: release } = Promise.withResolvers<undefined>();
  const undo = world.faults.add({
    activity,
    act: async () => {
      reach(undefined);
      await letGo;
    },
  });
  return {
    reached,
    release: () => {
      undo();
      release(undefined);
    },
  };
}

describe('the gateway to Temporal, with the real workflows behind it', () => {
  test('a request is decided and answered with its release; asked again it is the same one [B11][C4]', async () => {
    push(1);
    const accepted = await request('request-1');
    expect(accepted).toMatchObject({ requestId: 'request-1', released: ['shop.web.1'], skipped: [] });
    expect(accepted.decisions).toMatchObject([
      { shouldDeploy: true, environment: 'production', releaseId: 'shop.web.1' },
    ]);
    expect(await request('request-1')).toEqual(accepted);
    const workflow = await world.client.workflow.getHandle(requestWorkflowId('request-1')).describe();
    expect(workflow.typedSearchAttributes.getAll().map(({ value }) => value)).toEqual(
      expect.arrayContaining(['shop', 'web']),
    );
    const { commit } = releaseInput({ key: KEY, sequence: 1, environments: [] });
    const result: unknown = await world.client.workflow.getHandle(releaseWorkflowId(KEY, commit, 1)).result();
    expect(result).toMatchObject({ outcome: 'completed' });
  });

  test('what the environment itself says stands beside what is recorded [A9][F2]', async () => {
    const environment = await eventually('the environment to answer within its second', async () => {
      const response = await api.ask('/api/environments/shop/web/production');
      const body = EnvironmentView.extend({ now: z.unknown() }).parse(await response.json());
      return body.now === null ? undefined : body;
    });
    expect(environment).toMatchObject({
      environment: 'production',
      now: { live: { deploymentId: 'shop.web.production.1' }, running: null, waiting: [] },
    });
  });

  test('a request that cannot be met is answered with the reason and its own status [B11]', async () => {
    const undo = world.faults.add({
      activity: 'admit',
      act: () => {
        throw failure('UnknownService', 'There is no service shop.web.');
      },
    });
    const response = await api.post('/api/releases', { ...KEY, requestId: 'request-unknown' });
    undo();
    expect([response.status, await response.json()]).toMatchObject([
      404,
      { type: expect.stringContaining('UnknownService') },
    ]);
  });

  test('a release is cancelled wherever it is, and who did it is on record [F2][A8][B10]', async () => {
    const building = hold('claimBuild');
    push(2);
    const { released } = await request('request-2');
    const id = released[0] ?? '';
    await building.reached;
    const release = releaseInput({ key: KEY, sequence: 2, environments: [production] });
    await recordRelease(api.store.db, release);
    const response = await api.post(`/api/releases/${id}/cancel`, { reason: 'a typo' });
    building.release();
    expect([response.status, await response.json()]).toEqual([200, { id, state: 'building' }]);
    const result: unknown = await world.client.workflow.getHandle(releaseWorkflowId(KEY, release.commit, 2)).result();
    expect(result).toMatchObject({ outcome: 'cancelled' });
    expect(world.records.audit).toContainEqual(
      expect.objectContaining({ actor: 'token:ada', action: 'release.cancel', subject: id, detail: 'a typo' }),
    );

    // The store has not heard of the end yet: Temporal has.
    expect(ReleaseView.parse(await (await api.ask(`/api/releases/${id}`)).json()).state).toBe('building');
    const again = await api.post(`/api/releases/${id}/cancel`, {});
    expect([again.status, await again.json()]).toMatchObject([409, { detail: expect.stringContaining('COMPLETED') }]);
  });

  test('a release that Temporal has forgotten cannot be cancelled: 404 [F2]', async () => {
    await recordRelease(api.store.db, releaseInput({ key: KEY, sequence: 77, environments: [production] }));
    expect((await api.post('/api/releases/shop.web.77/cancel', {})).status).toBe(404);
  });

  test('a running deployment is cancelled through its environment [F2][B10]', async () => {
    const preparing = hold('prepare');
    push(3);
    const { released } = await request('request-3');
    const sequence = Number(released[0]?.split('.').at(-1));
    await preparing.reached;
    const deployment = deploymentRequest({ key: { ...KEY, environment: 'production' }, sequence, hosts: ['host-a'] });
    await recordDeployment(api.store.db, { request: deployment, at: Date.now() });
    const response = await api.post(`/api/deployments/${deployment.deploymentId}/cancel`, {});
    preparing.release();
    expect([response.status, await response.json()]).toEqual([202, { id: deployment.deploymentId, state: 'queued' }]);
    const outcome = await eventually('the deployment to end', async (): Promise<unknown> => {
      const handle = world.client.workflow.getHandle(deploymentWorkflowId(deployment.deploymentId));
      return handle.result();
    });
    expect(outcome).toMatchObject({ outcome: 'cancelled' });
  });

  test('an environment that nothing was ever deployed to: nothing to cancel, nothing to say [F2]', async () => {
    const moon = { ...KEY, environment: 'moon' };
    const listing = { settings: environmentSettings('moon', ['host-a']), branch: 'main', autoDeploy: true };
    const service = { service: KEY.service, branch: 'main', settings: serviceSettings, environments: [listing] };
    await saveServices(api.store.db, KEY.project, [service]);
    const environment: unknown = await (await api.ask('/api/environments/shop/web/moon')).json();
    expect(environment).toMatchObject({ live: null, now: null });
    const deployment = deploymentRequest({ key: moon, sequence: 5, hosts: ['host-a'] });
    await recordDeployment(api.store.db, { request: deployment, at: Date.now() });
    expect((await api.post(`/api/deployments/${deployment.deploymentId}/cancel`, {})).status).toBe(404);
  });
});

describe('the hosts that a file names', () => {
  test('are asked for a few at a time, and twenty at most, however many there are [F2][F6]', async () => {
    const { workflowService } = world.client;
    const real = workflowService.describeTaskQueue.bind(workflowService);
    let [asked, running, most] = [0, 0, 0];
    const counted = jest.spyOn(workflowService, 'describeTaskQueue').mockImplementation(async (request) => {
      asked += 1;
      most = Math.max(most, (running += 1));
      try {
        return await real(request);
      } finally {
        running -= 1;
      }
    });
    const ghosts = Array.from({ length: 300 }, (_, index) => `ghost-${String(index)}`);
    const queues = ['host-a', ...ghosts, 'ghost-0'].map(hostQueue);
    const absent = await createTemporalGateway(world.client).unservedQueues(queues);
    counted.mockRestore();
    expect(absent).toEqual(ghosts.slice(0, 19).map(hostQueue));
    expect([asked, most]).toEqual([20, 4]);
  });
});

describe('validating a landfall.yaml', () => {
  const validate = async (project: string) => {
    const port = publishedPort(production.target.kindSettings);
    const body = `version: 1
project: ${project}
services: { web: {}, api: {} }
environments:
  live: { target: { podman: { hosts: [nowhere, host-a], publish: { web: ${String(port)}, api: { hosts: [shop.example.com] } } } } }
`;
    const response = await api.ask('/api/validate', {
      method: 'POST',
      body,
      headers: { 'content-type': 'text/plain' },
    });
    return ValidateResult.parse(await response.json());
  };

  test('warns of hosts that no worker answers for, and of ports and names that other projects have [F6]', async () => {
    const routes = [{ host: 'shop.example.com', path: '/' }];
    const named = { name: 'named', production: false, target: podmanTarget(['host-a'], { routes }) };
    const listing = { settings: named, branch: 'main', autoDeploy: true };
    const site = { service: 'site', branch: 'main', settings: serviceSettings, environments: [listing] };
    await saveServices(api.store.db, KEY.project, [site]);
    const podman = 'environments.live.target.podman';
    const { valid, problems, warnings } = await validate('other');
    expect({ valid, problems }).toEqual({ valid: true, problems: [] });
    expect(warnings).toMatchObject([
      { line: 5, path: `${podman}.hosts.0`, message: expect.stringMatching(/nowhere/) },
      { line: 5, path: `${podman}.publish.web`, message: expect.stringMatching(/is that of shop\.web\./) },
      {
        ...{ line: 5, path: `${podman}.publish.api.hosts.0` },
        message: expect.stringMatching(/shop\.example\.com at host-a is that of shop\.site\.named/),
      },
    ]);
    expect((await validate(KEY.project)).warnings?.map(({ path }) => path)).toEqual([`${podman}.hosts.0`]);
  });
});
