/** The objects of runs, shown to a real API server: every field is known, every value allowed, every pod restricted. */
import type { KubernetesObject, V1PodTemplateSpec } from '@kubernetes/client-node';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { MANAGER } from '../../../../activities/targets/kubernetes/labels.ts';
import { manifestsOf } from '../../../../activities/targets/kubernetes/manifests/all.ts';
import { deploymentObject } from '../../../../activities/targets/kubernetes/manifests/deployment.ts';
import { fenceMap } from '../../../../activities/targets/kubernetes/manifests/fence-map.ts';
import { namespaceObject } from '../../../../activities/targets/kubernetes/manifests/namespace.ts';
import { pullSecretObject } from '../../../../activities/targets/kubernetes/manifests/pull-secret.ts';
import { releaseJob } from '../../../../activities/targets/kubernetes/manifests/release-job.ts';
import { runOf, type Run } from '../../../../activities/targets/kubernetes/run.ts';
import { Secret } from '../../../../contracts/core/secret.ts';
import { CLUSTER_LIMIT_MS, testCluster, type TestCluster } from '../../../support/cluster.ts';
import { eventually } from '../../../support/eventually.ts';
import { kubernetesRequest } from '../../../support/targets/kubernetes.ts';

let cluster: TestCluster;
let namespace: string;
beforeAll(async () => {
  cluster = await testCluster();
  namespace = await cluster.namespace();
  await eventually('the account of its pods', async () => {
    await cluster.api.call('GET', `/api/v1/namespaces/${namespace}/serviceaccounts/default`);
    return true;
  });
}, CLUSTER_LIMIT_MS);

const MAKER = { owner: 'acme', pullSecret: 'acme-pull' };
const STRICT = 'dryRun=All&fieldValidation=Strict';
const PLURALS: Readonly<Record<string, string>> = { Ingress: 'ingresses' };

/** Applies it without keeping it. @returns the object as the API server would keep it */
async function accepted<T extends KubernetesObject>(object: T): Promise<T> {
  const { apiVersion = '', kind = '', metadata } = object;
  const api = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const place = metadata?.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`;
  const plural = PLURALS[kind] ?? `${kind.toLowerCase()}s`;
  const path = `${api}${place}/${plural}/${metadata?.name ?? ''}?fieldManager=${MANAGER}&${STRICT}`;
  return cluster.api.call<T>('PATCH', path, object, 'application/apply-patch+yaml');
}

/** A controller makes it of the template; only then does the admission of the namespace judge it. */
const acceptedPod = async ({ metadata, spec }: V1PodTemplateSpec) =>
  cluster.api.call<{ spec: { containers: { env?: { name: string; value?: string }[]; command?: string[] }[] } }>(
    'POST',
    `/api/v1/namespaces/${namespace}/pods?${STRICT}`,
    { apiVersion: 'v1', kind: 'Pod', metadata: Object.assign({}, metadata, { name: 'judged' }), spec },
  );

const run = (changes: Parameters<typeof kubernetesRequest>[0] = {}, more: Partial<Run> = {}): Run => ({
  ...runOf(kubernetesRequest({ ...changes, settings: { namespace, ...changes.settings } })),
  ...more,
});

const REQUEST = kubernetesRequest();
const HOSTILE = 'a\u0001\u001b[2J\n\t "\'`$(PORT) $$ \\ {{x}} é \u{1F600} \u202E : # - |';
const VARIABLES = { revision: 2_147_483_647, fingerprint: '0a1b2c3d', secrets: ['TOKEN'] };
const VALUES = {
  ...VARIABLES,
  variables: { LEVEL: HOSTILE, _: '', [`N${'0'.repeat(99)}`]: 'x' },
  secrets: { TOKEN: new Secret(HOSTILE) },
};
const LONG = 'a'.repeat(40);
const names = Array.from({ length: 100 }, (_, at) => `${'a'.repeat(50)}.${'b'.repeat(50)}.n${at}.example.com`);

const CASES: readonly (readonly [string, () => Run])[] = [
  ['the least', () => run()],
  ['blue-green', () => run({ settings: { strategy: 'blue-green' } })],
  [
    'everything',
    () =>
      run({
        run: {
          ...REQUEST.run,
          entrypoint: ['/bin/web'],
          command: ['--fast'],
          memoryBytes: 64_000_000,
          privileges: { add: [], drop: ['MKNOD', 'NET_RAW'], setuid: false },
        },
        health: { ...REQUEST.health, host: 'shop.example.com:8080', path: '/health?deep=1&x=%20' },
        settings: {
          autoscale: { max: 10, cpuPercent: 70 },
          routes: [
            { host: 'shop.example.com', path: '/' },
            { host: 'shop.example.com', path: "/a.b_c~d!$&'()+,;=:@-/x" },
          ],
          ingress: {
            class: 'nginx',
            tls: 'shop-tls',
            annotations: { 'nginx.ingress.kubernetes.io/configuration-snippet': HOSTILE, ['x'.repeat(63)]: '' },
          },
          resources: { requests: { cpu: '0.1', memory: '1.5Mi' }, limits: { cpu: '2', memory: '1e9' } },
          available: 1,
          readOnlyRoot: true,
          runAsUser: 10_001,
          pullSecrets: ['regcred'],
        },
      }),
  ],
  [
    'the longest names and the largest numbers',
    () =>
      run({
        key: { project: LONG, service: LONG, environment: LONG },
        deploymentId: `${LONG}.${LONG}.${LONG}.1796020741`,
        generation: Number.MAX_SAFE_INTEGER,
        settings: {
          strategy: 'blue-green',
          replicas: 1_000,
          port: 65_535,
          rolloutMs: 7_200_000,
          autoscale: { max: 1_000, cpuPercent: 1_000 },
          available: 999,
          runAsUser: 2_147_483_647,
        },
      }),
  ],
  ['a service that begins with a digit', () => run({ key: { ...REQUEST.key, service: '1-web' } })],
  [
    'a hundred names',
    () => run({ settings: { routes: names.map((host) => ({ host, path: '/' })), ingress: { tls: 'all' } } }),
  ],
  [
    'hostile variables and arguments',
    () =>
      run({
        run: { ...REQUEST.run, env: { HOSTILE, EMPTY: '', PORT: '81' }, command: [HOSTILE, ''] },
      }),
  ],
  [
    'no more than a connection, and no time to be ready',
    () =>
      run({
        health: { ...REQUEST.health, kind: 'tcp', timeoutMs: 100, stable: { forMs: 600_000, successes: 1 } },
        settings: { rolloutMs: 10_000 },
      }),
  ],
];

describe.each(CASES)('%s', (_, made) => {
  test('the API server takes all of its objects, to the last field [D1]', async () => {
    for (const object of manifestsOf(MAKER, { ...made(), variables: VARIABLES }, VALUES)) {
      const kept = await accepted<KubernetesObject>(object);
      expect(kept.metadata?.labels).toMatchObject(object.metadata?.labels ?? {});
    }
  });

  test('its pods and that of its release command keep to the restricted profile [D1][F3]', async () => {
    const asked = { ...made(), variables: VARIABLES };
    const job = releaseJob(MAKER, asked, VALUES, { command: { command: [HOSTILE], timeoutMs: 1_000 }, number: 1 });
    await accepted(job);
    for (const { spec } of [deploymentObject(MAKER, asked, VALUES), job]) {
      const template = spec?.template;
      if (!template) throw new Error('it has no template');
      const kept = await acceptedPod(template);
      expect(kept.spec.containers[0]).toMatchObject({
        env: template.spec?.containers[0]?.env?.map(({ name }) => expect.objectContaining({ name })),
      });
    }
  });
});

test('objects that belong to no run are taken as well [D1]', async () => {
  await accepted(namespaceObject(MAKER, 'shop-production'));
  await accepted(pullSecretObject(MAKER, namespace, new Secret('{"auths":{"registry.test":{"auth":"dTpw"}}}')));
  const begun = { [`${'a'.repeat(46)}-0123456789abcdef`]: `${LONG}.${LONG}.${LONG}.1796020741` };
  await accepted(fenceMap(MAKER, run(), { generation: Number.MAX_SAFE_INTEGER, begun }));
});

test('this check can fail: an unknown field, and a pod that may be root, are refused', async () => {
  const made = structuredClone(deploymentObject(MAKER, run(), null));
  Object.assign(made.spec ?? {}, { replica: 2 });
  await expect(accepted(made)).rejects.toThrow(/replica/);
  const { template = {} } = structuredClone(deploymentObject(MAKER, run(), null)).spec ?? {};
  Object.assign(template.spec ?? {}, { securityContext: {} });
  await expect(acceptedPod(template)).rejects.toThrow(/violates PodSecurity "restricted/);
});
