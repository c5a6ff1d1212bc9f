/** The state of rollouts on a real API server, with its controllers and scheduler; nodes are simulated. */
import type { CoreV1Event, V1Deployment, V1Pod, V1ReplicaSet } from '@kubernetes/client-node';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { MANAGER } from '../../../../activities/targets/kubernetes/labels.ts';
import { deploymentObject } from '../../../../activities/targets/kubernetes/manifests/deployment.ts';
import { rolloutVerdict, type RolloutVerdict } from '../../../../activities/targets/kubernetes/rollout/verdict.ts';
import { runOf } from '../../../../activities/targets/kubernetes/run.ts';
import type { KubernetesSettings } from '../../../../contracts/config/targets/kubernetes.ts';
import { CLUSTER_LIMIT_MS, testCluster, type TestCluster } from '../../../support/cluster.ts';
import { eventually } from '../../../support/eventually.ts';
import { kubernetesRequest } from '../../../support/targets/kubernetes.ts';

jest.setTimeout(180_000);

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await testCluster();
}, CLUSTER_LIMIT_MS);

const DIGEST = `sha256:${'ba'.repeat(32)}`;
const HEALTH = { ...kubernetesRequest().health, path: '/', stable: { forMs: 0, successes: 1 } };

/** Applies a version of the service `web`, as Landfall writes it. */
async function rollOut(namespace: string, ending: string, generation: number, settings: Partial<KubernetesSettings>) {
  const image = `registry.test/rollout/web${ending}@${DIGEST}`;
  const request = kubernetesRequest({
    ...{ image, generation, health: HEALTH, deploymentId: `shop.web.production.${generation}` },
    settings: { namespace, replicas: 2, ...settings },
  });
  const made = deploymentObject({ owner: 'acme' }, runOf(request), null);
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/web?fieldManager=${MANAGER}`;
  await cluster.api.call('PATCH', path, made, 'application/apply-patch+yaml');
}

async function verdictOf(namespace: string, deadline: number): Promise<RolloutVerdict> {
  const list = async <T>(api: string, kind: string) =>
    (await cluster.api.call<{ items: T[] }>('GET', `${api}/namespaces/${namespace}/${kind}`)).items;
  const [[deployment], replicaSets, pods, events] = await Promise.all([
    list<V1Deployment>('/apis/apps/v1', 'deployments'),
    list<V1ReplicaSet>('/apis/apps/v1', 'replicasets'),
    list<V1Pod>('/api/v1', 'pods'),
    list<CoreV1Event>('/api/v1', 'events?fieldSelector=type=Warning'),
  ]);
  if (!deployment) throw new Error('there is no Deployment');
  return rolloutVerdict({ deployment, replicaSets, pods, events, now: Date.now(), deadline });
}

/** The verdict once it is of this kind, and says this. */
const settled = async (namespace: string, kind: RolloutVerdict['kind'], words = /./, deadline = Date.now() + 120_000) =>
  eventually(`${kind}: ${words.source}`, async () => {
    const verdict = await verdictOf(namespace, deadline);
    return verdict.kind === kind && words.test(JSON.stringify(verdict)) ? verdict : undefined;
  });

test('a version comes up, and the next one takes its place pod by pod: done only when none of the older one is left [D1]', async () => {
  const namespace = await cluster.namespace();
  await rollOut(namespace, '', 1, {});
  await settled(namespace, 'done');

  await rollOut(namespace, '-slow', 2, {});
  const verdicts: RolloutVerdict[] = [];
  await eventually('the next one', async () => {
    const verdict = await verdictOf(namespace, Date.now() + 120_000);
    verdicts.push(verdict);
    return verdict.kind === 'done';
  });
  expect(verdicts.filter(({ kind }) => kind === 'failed')).toEqual([]);
  const pods = await cluster.api.call<{ items: V1Pod[] }>('GET', `/api/v1/namespaces/${namespace}/pods`);
  const serving = pods.items.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
  expect(serving.map(({ metadata }) => metadata?.labels?.['landfall.dev/generation'])).toEqual(['2', '2']);
});

describe('a next version that fails, beside one that serves', () => {
  test.each([
    ['-crash', 'ContainerExited', /The container \\"web\\" of web-\S+ ends at each start.*exited with code 1/],
    ['-oom', 'ContainerExited', /ran out of memory/],
    ['-nopull', 'ImageNotFound', /cannot pull its image: .*not found/],
    ['-denied', 'RegistryRefused', /401 Unauthorized/],
    ['-away', 'RegistryUnavailable', /connection refused/],
  ])('%s [D1]', async (ending, type, words) => {
    const namespace = await cluster.namespace();
    await rollOut(namespace, '', 1, {});
    await settled(namespace, 'done');
    await rollOut(namespace, ending, 2, {});

    expect(await settled(namespace, 'failed', words)).toMatchObject({ type, pod: expect.stringMatching(/^web-/) });
  });
});

test('pods that never get ready: it waits, until the cluster says that the time is over [D1]', async () => {
  const namespace = await cluster.namespace();
  await rollOut(namespace, '-unready', 1, { rolloutMs: 4_000 });
  await settled(namespace, 'waiting', /runs and is not ready/);
  expect(await settled(namespace, 'failed')).toMatchObject({ type: 'Unhealthy', retryable: false });
});

test("pods for which there is no room: in the scheduler's words, when the time is over [D1]", async () => {
  const namespace = await cluster.namespace();
  await rollOut(namespace, '', 1, { resources: { requests: { cpu: '100000' } } });
  await settled(namespace, 'waiting', /No node takes web-\S+: \d+\/\d+ nodes are available: .*Insufficient cpu/);
  expect(await settled(namespace, 'failed', /Insufficient cpu/, Date.now())).toMatchObject({
    type: 'EngineRefused',
    retryable: false,
  });
});

test.each([
  ['a quota', { pods: '1' }, 'EngineRefused', /exceeded quota: small.*Raise the quota/],
  [
    'a quota that wants resources',
    { 'limits.memory': '1Gi' },
    'InvalidConfiguration',
    /failed quota: small.*set \\"resources/,
  ],
])('pods that %s forbids, which the cluster itself never reports as an end [D1]', async (_, hard, type, words) => {
  const namespace = await cluster.namespace();
  await cluster.api.call('POST', `/api/v1/namespaces/${namespace}/resourcequotas`, {
    ...{ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'small' }, spec: { hard } },
  });
  await eventually('the quota to be counted', async () => {
    const quota = await cluster.api.call<{ status: { hard?: object } }>(
      'GET',
      `/api/v1/namespaces/${namespace}/resourcequotas/small`,
    );
    return quota.status.hard !== undefined;
  });
  await rollOut(namespace, '', 1, {});
  expect(await settled(namespace, 'failed', words)).toMatchObject({ type });
});

test('a service account that is not there is named [D1]', async () => {
  const namespace = await cluster.namespace();
  await rollOut(namespace, '', 1, { serviceAccount: 'missing' });
  expect(await settled(namespace, 'failed', /serviceaccount \\"missing\\" not found/)).toMatchObject({
    type: 'InvalidConfiguration',
  });
});
