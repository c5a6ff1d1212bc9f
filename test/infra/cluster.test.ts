/** The cluster of the tests: what the tests of Kubernetes stand on. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { apiOf, type Api } from '../../infra/dev/kubernetes/api.ts';
import { CLUSTER_LIMIT_MS, ENDINGS, testCluster, type TestCluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';

interface PodStatus {
  readonly metadata: { readonly name: string };
  readonly status: {
    readonly phase: string;
    readonly podIP: string;
    readonly containerStatuses?: readonly {
      readonly ready: boolean;
      readonly restartCount: number;
      readonly imageID: string;
      readonly state: { readonly waiting?: { readonly reason: string; readonly message: string } };
      readonly lastState: { readonly terminated?: { readonly reason: string; readonly exitCode: number } };
    }[];
  };
}

type ContainerStatus = NonNullable<PodStatus['status']['containerStatuses']>[number];

const PORT = 8080;
const DIGEST = `sha256:${'5'.repeat(64)}`;
const RESTRICTED = {
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};

let cluster: TestCluster;
let api: Api;
beforeAll(async () => {
  cluster = await testCluster();
  ({ api } = cluster);
}, CLUSTER_LIMIT_MS);

/** A client with the token of a kubeconfig file. */
function clientOf(kubeconfig: string): Api {
  const { clusters, users } = JSON.parse(readFileSync(kubeconfig, 'utf8')) as {
    clusters: { cluster: { server: string; 'certificate-authority': string } }[];
    users: { user: { token: string } }[];
  };
  const at = clusters[0]?.cluster;
  return apiOf({
    server: at?.server ?? '',
    caFile: at?.['certificate-authority'] ?? '',
    token: users[0]?.user.token ?? '',
  });
}

const imageOf = (repository: string): string => `registry.test/cluster/${repository}@${DIGEST}`;

const podSpec = (image: string, container: object = {}) => ({
  containers: [{ name: 'main', image, securityContext: RESTRICTED, ...container }],
});

async function deploy(namespace: string, name: string, container: object = {}, replicas = 1): Promise<void> {
  const labels = { app: name };
  await api.call('POST', `/apis/apps/v1/namespaces/${namespace}/deployments`, {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name } },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: podSpec(imageOf(name), { ports: [{ containerPort: PORT }], ...container }),
      },
    },
  });
  await api.call('POST', `/api/v1/namespaces/${namespace}/services`, {
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name } },
    spec: { selector: labels, ports: [{ port: 80, targetPort: PORT }] },
  });
}

async function podsOf(namespace: string, app: string): Promise<readonly PodStatus[]> {
  const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=app%3D${app}`;
  return (await api.call<{ items: PodStatus[] }>('GET', path)).items;
}

/** The first pod of the app that is as `look` wants it. */
const pod = (namespace: string, app: string, look: (status: ContainerStatus) => boolean) =>
  eventually(`a pod of ${app}`, async () =>
    (await podsOf(namespace, app)).find(({ status }) => status.containerStatuses?.some(look)),
  );
const readyPod = (namespace: string, app: string) => pod(namespace, app, ({ ready }) => ready);

describe('the cluster of the tests', () => {
  test('runs pods whose program answers at their address, through their service, and through the API server [D2]', async () => {
    const namespace = await cluster.namespace();
    await deploy(namespace, 'web');
    const { metadata, status } = await readyPod(namespace, 'web');

    expect(status.containerStatuses?.[0]?.imageID).toBe(imageOf('web'));
    expect(await (await fetch(`http://${status.podIP}:${PORT}/`)).text()).toBe('ok web');
    expect((await fetch(`http://${status.podIP}:${PORT}/elsewhere`)).status).toBe(404);
    await eventually('its endpoint', async () => (await cluster.visit(namespace, 'web')) === 'ok web');
    const through = (path: string) => api.text(`/api/v1/namespaces/${namespace}/${path}/proxy/`);
    expect(await through(`pods/${metadata.name}:${PORT}`)).toBe('ok web');
    await eventually('the proxy', async () => (await through('services/web:80')) === 'ok web');

    await api.call('DELETE', `/apis/apps/v1/namespaces/${namespace}/deployments/web`);
    await eventually('an end of its pods', async () => (await podsOf(namespace, 'web')).length === 0);
    await eventually('silence', async () =>
      fetch(`http://${status.podIP}:${PORT}/`).then(
        () => false,
        () => true,
      ),
    );
    expect(await cluster.visit(namespace, 'web')).toBe('no pod behind web is ready');
  });

  test('a test says what a program answers and logs, and each pod is known by name and image', async () => {
    const namespace = await cluster.namespace();
    await cluster.program('registry.test/cluster/own', {
      answer: ({ pod: { name, image }, method, path, body }) => ({
        status: 418,
        body: `${name} ${image} ${method} ${path} ${body}`,
      }),
      log: ({ previous }) => (previous ? 'the run before\n' : 'one\ntwo\nthree\n'),
    });
    await deploy(namespace, 'own');
    const { metadata, status } = await readyPod(namespace, 'own');

    const answer = await fetch(`http://${status.podIP}:${PORT}/a?b=c`, { method: 'POST', body: 'hello' });
    expect([answer.status, await answer.text()]).toEqual([418, `${metadata.name} ${imageOf('own')} POST /a?b=c hello`]);
    const log = (options = '') => api.text(`/api/v1/namespaces/${namespace}/pods/${metadata.name}/log${options}`);
    expect(await log()).toBe('one\ntwo\nthree\n');
    expect(await log('?tailLines=2')).toBe('two\nthree\n');
    expect(await log('?limitBytes=5')).toBe('one\nt');
    expect(await log('?previous=true')).toBe('the run before\n');
  });

  test('a pod is ready only after its readiness probe has had a good answer', async () => {
    const namespace = await cluster.namespace();
    const probed = (path: string) => ({ readinessProbe: { httpGet: { path, port: PORT } } });
    await deploy(namespace, 'well', probed('/'));
    await deploy(namespace, 'ill', probed('/nothing-here'));

    await readyPod(namespace, 'well');
    const ill = await pod(namespace, 'ill', ({ ready }) => !ready);
    expect(ill.status.phase).toBe('Running');
    expect(await cluster.visit(namespace, 'ill')).toBe('no pod behind ill is ready');
  });

  test('pods fail in every way that the name of their image says', async () => {
    const namespace = await cluster.namespace();
    const names = Object.values(ENDINGS).map((ending) => `a${ending}`);
    await Promise.all(names.map((name) => deploy(namespace, name)));
    const waits = (name: string, reason: string, words: RegExp) =>
      pod(namespace, name, ({ state: { waiting } }) => waiting?.reason === reason && words.test(waiting.message));

    await waits('a-nopull', 'ImagePullBackOff', /a-nopull@sha256:5+: not found$/);
    await waits('a-denied', 'ImagePullBackOff', /401 Unauthorized$/);
    await waits('a-away', 'ImagePullBackOff', /connection refused$/);
    await waits('a-crash', 'CrashLoopBackOff', /back-off 10s restarting failed container=main pod=a-crash-/);
    const fallen = (name: string) => pod(namespace, name, ({ restartCount }) => restartCount > 1);
    const endOf = async (name: string) => (await fallen(name)).status.containerStatuses?.[0]?.lastState.terminated;
    expect(await endOf('a-crash')).toMatchObject({ reason: 'Error', exitCode: 1 });
    expect(await endOf('a-oom')).toMatchObject({ reason: 'OOMKilled', exitCode: 137 });
    await readyPod(namespace, 'a-slow');
    await readyPod(namespace, 'a-fail');
    const [unready] = await podsOf(namespace, 'a-unready');
    expect(unready?.status).toMatchObject({ phase: 'Running', containerStatuses: [{ ready: false, restartCount: 0 }] });
  });

  test('jobs end well or badly, or not at all', async () => {
    const namespace = await cluster.namespace();
    const conditions = async (name: string) => {
      const path = `/apis/batch/v1/namespaces/${namespace}/jobs/${name}`;
      const { status } = await api.call<{ status: { conditions?: { type: string; reason: string }[] } }>('GET', path);
      return status.conditions?.map(({ type, reason }) => `${type} ${reason}`) ?? [];
    };
    for (const [name, more] of Object.entries({ done: {}, 'bad-fail': {}, 'long-hang': { activeDeadlineSeconds: 1 } }))
      await api.call('POST', `/apis/batch/v1/namespaces/${namespace}/jobs`, {
        ...{ apiVersion: 'batch/v1', kind: 'Job', metadata: { name } },
        spec: { backoffLimit: 0, ...more, template: { spec: { restartPolicy: 'Never', ...podSpec(imageOf(name)) } } },
      });
    const ends = (name: string, how: string) => eventually(how, async () => (await conditions(name)).includes(how));
    await ends('done', 'Complete CompletionsReached');
    await ends('bad-fail', 'Failed BackoffLimitExceeded');
    await ends('long-hang', 'Failed DeadlineExceeded');
  });

  test('is admitted to as to any cluster: quota, pod security, the scheduler and RBAC refuse in their own words', async () => {
    const namespace = await cluster.namespace();
    await api.call('POST', `/api/v1/namespaces/${namespace}/resourcequotas`, {
      ...{ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'few' }, spec: { hard: { pods: '1' } } },
    });
    await deploy(namespace, 'many', {}, 2);
    const failures = async (name: string) => {
      const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
      const { status } = await api.call<{ status: { conditions?: { type: string; message: string }[] } }>('GET', path);
      return status.conditions?.find(({ type }) => type === 'ReplicaFailure')?.message;
    };
    expect(await eventually('the quota', () => failures('many'))).toMatch(/exceeded quota: few, requested: pods=1/);

    const bad = { metadata: { name: 'bad' }, spec: podSpec(imageOf('bad'), { securityContext: {} }) };
    const create = api.call('POST', `/api/v1/namespaces/${namespace}/pods`, { apiVersion: 'v1', kind: 'Pod', ...bad });
    await expect(create).rejects.toThrow(/403: .*violates PodSecurity "restricted:latest"/);

    const roomy = await cluster.namespace();
    await deploy(roomy, 'huge', { resources: { requests: { cpu: '1000' } } });
    const events = async () =>
      (await api.call<{ items: { reason: string; message: string }[] }>('GET', `/api/v1/namespaces/${roomy}/events`))
        .items;
    const words = await eventually('the scheduler', async () =>
      (await events()).find(({ reason }) => reason === 'FailedScheduling'),
    );
    expect(words.message).toMatch(/^0\/3 nodes are available: 3 Insufficient cpu/);
  });

  test('an identity may do what its rules say, where they say it, and nothing else', async () => {
    const [here, there] = [await cluster.namespace(), await cluster.namespace()];
    const rules = [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['list'] }];
    const [narrow, wide] = [await cluster.identity(rules, [here]), await cluster.identity(rules)].map(clientOf);
    const list = (client: Api | undefined, namespace: string, resource = 'deployments') =>
      client?.call('GET', `/apis/apps/v1/namespaces/${namespace}/${resource}`);
    await expect(list(narrow, here)).resolves.toMatchObject({ items: [] });
    await expect(list(narrow, there)).rejects.toThrow(/403: deployments.apps is forbidden/);
    await expect(list(wide, there)).resolves.toMatchObject({ items: [] });
    await expect(list(wide, there, 'replicasets')).rejects.toThrow(/403: replicasets.apps is forbidden/);
    await Promise.all([narrow?.close(), wide?.close()]);
  });
});
