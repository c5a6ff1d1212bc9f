/** What a cluster may do to a deployment: refuse, be away, hold it, or have something else in its place. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { connectCluster } from '../../../../activities/targets/kubernetes/client/connect.ts';
import { createRequests, type ClusterRequests } from '../../../../activities/targets/kubernetes/client/requests.ts';
import { createKubernetesReplicas } from '../../../../activities/targets/kubernetes/target.ts';
import type { TargetActivities, TargetRequest } from '../../../../contracts/deployment/target.ts';
import { relayTo, type Fault } from '../api-relay.ts';
import { published, startKubernetesPlace, type KubernetesScene } from '../kubernetes-place.ts';
import { perform } from '../perform.ts';

const place = await startKubernetesPlace('kubernetes-trouble');
const { api } = place.cluster;
const target = place.target();
const relay = await relayTo(connectCluster(place.deps.cluster));
const relayed = place.target({
  requests: createRequests(connectCluster({ ...place.deps.cluster, kubeconfig: relay.kubeconfig })),
});
afterEach(() => {
  relay.clear();
});

async function deploy(to: TargetActivities, request: TargetRequest): Promise<void> {
  await perform(to.prepare, request);
  const captured = await perform(to.capture, request);
  await perform(to.switchTo, request);
  await perform(to.finalize, { request, captured });
}

const apps = ({ namespace }: KubernetesScene) => `/apis/apps/v1/namespaces/${namespace}/deployments`;

/** Every version that was taken back leaves the one before it, and nothing else. */
async function expectTakenBack(scene: KubernetesScene, live: TargetRequest, bad: TargetRequest): Promise<void> {
  const captured = await perform(target.capture, bad);
  expect(captured.running).toMatchObject({ deploymentId: live.deploymentId });
  await perform(target.restore, { request: bad, captured });
  expect(await scene.visit()).toBe('ok one');
  const { replicas, healthy } = await perform(target.observe, bad);
  expect(replicas.map(({ generation, serving }) => ({ generation, serving }))).toEqual([
    { generation: live.generation, serving: true },
  ]);
  expect(healthy).toBe(true);
}

test('a live version is looked at, and has nothing to say', async () => {
  const scene = await place.scene('rolling');
  const one = scene.request('one', 10);
  await deploy(target, one);
  const { key, deploymentId, generation } = one;
  const watched = { key, deploymentId, generation, baseline: null, isKnown: false, isOut: false };

  const seen = await perform(createKubernetesReplicas(place.deps).lookAtReplicas, [watched]);

  expect(seen).toEqual([expect.objectContaining({ deploymentId, restarts: 0, trouble: null })]);
});

describe('what is there already', () => {
  test.each(['Service', 'ConfigMap'])(
    'a %s of the same name that Landfall did not make is named, and not touched',
    async (kind) => {
      const scene = await place.scene('rolling');
      const name = kind === 'Service' ? scene.key.service : `${scene.key.service}-landfall`;
      const path = `/api/v1/namespaces/${scene.namespace}/${kind.toLowerCase()}s`;
      const spec = kind === 'Service' ? { spec: { ports: [{ port: 1 }] } } : {};
      await api.call('POST', path, { apiVersion: 'v1', kind, metadata: { name }, ...spec });
      const before = await api.call('GET', `${path}/${name}`);

      await expect(perform(target.prepare, scene.request('one', 10))).rejects.toMatchObject({
        type: 'InvalidConfiguration',
        message: expect.stringContaining(`${kind} ${name} in ${scene.namespace} is there already`),
      });
      expect(await api.call('GET', `${path}/${name}`)).toEqual(before);
    },
  );

  test('a field that another manager holds is named with that manager, and what serves is left alone', async () => {
    const scene = await place.scene('rolling');
    await deploy(target, scene.request('one', 10));
    const path = `${apps(scene)}/${scene.key.service}`;
    const held = { apiVersion: 'apps/v1', kind: 'Deployment', spec: { minReadySeconds: 7 } };
    await api.call('PATCH', `${path}?fieldManager=gitops&force=true`, held, 'application/apply-patch+yaml');

    await expect(perform(target.prepare, scene.request('two', 20))).rejects.toMatchObject({
      type: 'EngineRefused',
      message: expect.stringMatching(/\.spec\.minReadySeconds is held by "gitops"/),
    });
    expect(await scene.visit()).toBe('ok one');
  });
});

test.each(['rolling', 'blue-green'] as const)(
  '%s: a write of an overtaken deployment that arrives late changes nothing [F1]',
  async (strategy) => {
    const scene = await place.scene(strategy);
    await deploy(target, scene.request('one', 10));
    const late = scene.request('two', 20);
    await perform(target.prepare, late);
    const held = Promise.withResolvers<true>();
    const reached = Promise.withResolvers<true>();
    // It stalls right before it leads requests to its version.
    const kind = strategy === 'rolling' ? 'deployments' : 'services';
    const stalled: ClusterRequests = async (call) => {
      if (call.method === 'PATCH' && call.path.includes(`/${kind}/`)) {
        reached.resolve(true);
        await held.promise;
      }
      return place.requests(call);
    };
    const switching = perform(place.target({ requests: stalled }).switchTo, late);
    switching.catch(() => undefined);
    await reached.promise;
    await deploy(target, scene.request('three', 30));
    const before = await scene.snapshot();

    held.resolve(true);

    await expect(switching).rejects.toMatchObject({ type: 'StaleGeneration' });
    expect(await scene.snapshot()).toEqual(before);
    expect(await scene.visit()).toBe('ok three');
  },
);

test('what a worker made before it died is not taken for that of another manager', async () => {
  const scene = await place.scene('rolling');
  let died = false;
  const mortal: ClusterRequests = async (call) => {
    if (died) throw new Error('this worker is dead');
    const answer = await place.requests(call);
    died = call.method === 'POST' && call.path.endsWith('/deployments');
    return answer;
  };
  await perform(place.target({ requests: mortal }).switchTo, scene.request('one', 10)).catch((error: unknown) => error);
  expect(died).toBe(true);

  await deploy(target, scene.request('two', 20));

  expect(await scene.visit()).toBe('ok two');
});

describe('an API server that', () => {
  /** As often as is said, then never again. */
  const times = (most: number, fault: Fault): Fault => {
    let left = most;
    return (question, answer) => left > 0 && fault(question, answer) && (left -= 1) >= 0;
  };
  const answers =
    (code: number, message: string, headers = {}): Fault =>
    (_question, answer) => {
      const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, reason: 'Tried', code };
      answer.writeHead(code, { 'content-type': 'application/json', 'set-cookie': 'canary-cookie', ...headers });
      answer.end(JSON.stringify({ ...status, canary: 'canary-body' }));
      return true;
    };
  const hangsUp: Fault = (_question, answer) => {
    answer.destroy();
    return true;
  };
  const only =
    (method: string, fault: Fault): Fault =>
    (question, answer) =>
      question.method === method && fault(question, answer);

  test.each([
    ['hangs up', hangsUp],
    ['says that there is too much to do', answers(429, 'too many requests', { 'retry-after': '1' })],
    ['fails', answers(500, 'etcdserver: request timed out')],
    ['is being started', answers(503, 'the server is currently unable to handle the request')],
    ['has forgotten the version of a list', only('GET', answers(410, 'the provided continue parameter is too old'))],
    ['has another version of the object', only('PATCH', answers(409, 'the object has been modified'))],
    ['does not take a token that was renewed since', answers(401, 'Unauthorized')],
  ])('%s for a moment holds a deployment up, and no more', async (_name, fault) => {
    const scene = await place.scene('rolling');
    const one = scene.request('one', 10);
    await perform(relayed.prepare, one);
    relay.set(times(1, fault));

    await perform(relayed.switchTo, one);

    expect(await scene.visit()).toBe('ok one');
  });

  test.each([
    ['is away', hangsUp, 'EngineUnavailable', /did not take GET .*Check that its API server runs/],
    ['goes on failing', answers(500, 'no leader'), 'EngineUnavailable', /answered 500 to GET .*: no leader/],
    [
      'takes the token no more',
      answers(401, 'Unauthorized'),
      'EngineRefused',
      /credentials any more.*Renew its kubeconfig/,
    ],
  ])('%s is told of in our words, without its answer or our credentials', async (_name, fault, type, words) => {
    const scene = await place.scene('rolling');
    relay.set(fault);

    const outcome = await perform(relayed.prepare, scene.request('one', 10)).catch((error: unknown) => error);

    expect(outcome).toMatchObject({ type, message: expect.stringMatching(words) });
    expect(`${String(outcome)} ${JSON.stringify(outcome)}`).not.toContain('canary');
  });
});

test('a right that the account lacks is named, with where', async () => {
  const scene = await place.scene('rolling');
  const rules = [
    { apiGroups: [''], resources: ['namespaces', 'services', 'pods', 'configmaps'], verbs: ['get', 'list'] },
  ];
  const kubeconfig = await place.cluster.identity(rules);
  const poor = place.target({ requests: createRequests(connectCluster({ ...place.deps.cluster, kubeconfig })) });

  await expect(perform(poor.prepare, scene.request('one', 10))).rejects.toMatchObject({
    type: 'EngineRefused',
    message: expect.stringMatching(
      new RegExp(`the verb "list" on "(deployments|endpointslices)" of [a-z.0-9]+ in the namespace ${scene.namespace}`),
    ),
  });
});

test('a rollout that a quota holds ends by its own deadline, in the words of the quota', async () => {
  const scene = await place.scene('rolling');
  const one = scene.request('one', 10);
  await deploy(target, one);
  await api.call('POST', `/api/v1/namespaces/${scene.namespace}/resourcequotas`, {
    ...{ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'few' }, spec: { hard: { pods: '1' } } },
  });
  const two = scene.request('two', 20, { settings: { rolloutMs: 8_000 } });
  await perform(target.prepare, two);

  await expect(perform(target.switchTo, two)).rejects.toMatchObject({
    nonRetryable: true,
    message: expect.stringMatching(/exceeded quota: few/),
  });
  await expectTakenBack(scene, one, two);
});

test.each([
  ['cannot be pulled', 'nopull', 'ImageNotFound', /pull|not found/i],
  ['may not be pulled', 'denied', 'RegistryRefused', /pull|denied|unauthorized/i],
  ['ends at once', 'crash', 'ContainerExited', /exited|crash|code/i],
  ['takes too much memory', 'oom', 'ContainerExited', /memory/i],
  ['is never ready', 'unready', 'Unhealthy', /Attempt 1 of 3/],
])(
  'a version that %s is told of in one sentence, and taken back without a trace',
  async (_name, ending, type, words) => {
    const scene = await place.scene('rolling');
    const one = scene.request('one', 10);
    await deploy(target, one);
    const image = await published(`kubernetes-trouble/bad-${ending}`);
    const { health } = one;
    const bad = scene.request('two', 20, {
      image,
      health: { ...health, timeoutMs: 2_000 },
      settings: { rolloutMs: 60_000 },
    });
    await perform(target.prepare, bad);

    await expect(perform(target.switchTo, bad)).rejects.toMatchObject({ type, message: expect.stringMatching(words) });
    await expectTakenBack(scene, one, bad);
  },
);

test.each(['rolling', 'blue-green'] as const)(
  '%s: a worker that dies after any change is followed by one that goes on [F1]',
  async (strategy) => {
    const scene = await place.scene(strategy);
    await deploy(target, scene.request('one', 10));
    let died = true;
    for (let at = 1; died; at += 1) {
      died = false;
      let changes = 0;
      const mortal: ClusterRequests = async (call) => {
        if (died) throw new Error('this worker is dead');
        const isChange = call.method !== 'GET' && call.query?.['dryRun'] === undefined;
        const answer = await place.requests(call);
        if (isChange && (changes += 1) === at) died = true;
        if (died) throw new Error('this worker is dead');
        return answer;
      };
      const version = at % 2 === 0 ? 'two' : 'three';
      const next = scene.request(version, 10 + at);
      const captured = await perform(target.capture, next);
      await perform(place.target({ requests: mortal }).switchTo, next).catch((error: unknown) => error);

      const fresh = place.target();
      await perform(fresh.switchTo, next, { attempt: 2 });
      await perform(fresh.finalize, { request: next, captured });

      expect(await scene.visit()).toBe(`ok ${version}`);
      const { replicas, healthy } = await perform(fresh.observe, next);
      expect(healthy).toBe(true);
      expect(replicas.filter(({ serving }) => serving).map(({ deploymentId }) => deploymentId)).toEqual([
        next.deploymentId,
      ]);
    }
  },
  300_000,
);
