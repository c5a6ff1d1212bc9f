/** Whole objects, as they are applied. test/activities/targets/kubernetes/accepted.test.ts shows them to the API server. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { manifestsOf, unaskedOf } from '../../../../activities/targets/kubernetes/manifests/all.ts';
import { autoscalerObject } from '../../../../activities/targets/kubernetes/manifests/autoscaler.ts';
import { deploymentObject } from '../../../../activities/targets/kubernetes/manifests/deployment.ts';
import { disruptionBudgetObject } from '../../../../activities/targets/kubernetes/manifests/disruption-budget.ts';
import { podVariables, verbatim } from '../../../../activities/targets/kubernetes/manifests/environment.ts';
import { fenceMap, readFence } from '../../../../activities/targets/kubernetes/manifests/fence-map.ts';
import { ingressObject } from '../../../../activities/targets/kubernetes/manifests/ingress.ts';
import { namespaceObject } from '../../../../activities/targets/kubernetes/manifests/namespace.ts';
import { pullSecretObject } from '../../../../activities/targets/kubernetes/manifests/pull-secret.ts';
import { readinessProbe } from '../../../../activities/targets/kubernetes/manifests/readiness.ts';
import { releaseJob } from '../../../../activities/targets/kubernetes/manifests/release-job.ts';
import { replicasFor } from '../../../../activities/targets/kubernetes/manifests/replicas.ts';
import { serviceObject } from '../../../../activities/targets/kubernetes/manifests/service.ts';
import { secretsObject, variablesMap } from '../../../../activities/targets/kubernetes/manifests/values.ts';
import { readRun, runOf, type Run } from '../../../../activities/targets/kubernetes/run.ts';
import { Secret } from '../../../../contracts/core/secret.ts';
import { kubernetesRequest } from '../../../support/targets/kubernetes.ts';

const MAKER = { owner: 'acme' };
const REQUEST = kubernetesRequest();
const CANARY = 'canary-of-a-secret';
const VARIABLES = { revision: 3, fingerprint: '0a1b2c3d', secrets: ['TOKEN'] };
const VALUES = { ...VARIABLES, variables: { LEVEL: 'debug', MODE: 'test' }, secrets: { TOKEN: new Secret(CANARY) } };
const ID = '084d3e695f95e423';

const run = (changes: Parameters<typeof kubernetesRequest>[0] = {}, more: Partial<Run> = {}): Run => ({
  ...runOf(kubernetesRequest(changes)),
  ...more,
});
const OURS = {
  'app.kubernetes.io/managed-by': 'landfall',
  'landfall.dev/owner': 'acme',
  'app.kubernetes.io/name': 'web',
  'app.kubernetes.io/part-of': 'shop',
  'landfall.dev/id': ID,
};
const SERVER = { ...OURS, 'app.kubernetes.io/component': 'server' };
const metadata = (name: string, component: string, generation = '7') => ({
  name,
  namespace: 'shop-production',
  labels: { ...OURS, 'app.kubernetes.io/component': component },
  annotations: { 'landfall.dev/environment': 'shop.web.production', 'landfall.dev/generation': generation },
});

describe('the Deployment', () => {
  const { metadata: made, ...rest } = deploymentObject(MAKER, run(), null);
  const labels = { ...SERVER, 'landfall.dev/generation': '7', 'app.kubernetes.io/instance': 'web' };

  test('is one for the environment with `rolling`, replaced pod by pod, each of them healthy for a while [D1][E2]', () => {
    expect(rest).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      spec: {
        replicas: 2,
        selector: {
          matchLabels: {
            'landfall.dev/id': ID,
            'app.kubernetes.io/component': 'server',
            'app.kubernetes.io/instance': 'web',
          },
        },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: '25%' } },
        minReadySeconds: 5,
        progressDeadlineSeconds: 600,
        revisionHistoryLimit: 2,
        template: {
          metadata: {
            labels,
            annotations: {
              'landfall.dev/environment': 'shop.web.production',
              'landfall.dev/deployment': 'shop.web.production.42',
              'landfall.dev/run': expect.any(String),
            },
          },
          spec: {
            restartPolicy: 'Always',
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            terminationGracePeriodSeconds: 3,
            securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
            containers: [
              {
                name: 'web',
                image: REQUEST.image,
                env: [
                  { name: 'PORT', value: '3000' },
                  { name: 'MODE', value: 'live' },
                ],
                securityContext: {
                  allowPrivilegeEscalation: false,
                  capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] },
                },
                ports: [{ name: 'main', containerPort: 3000, protocol: 'TCP' }],
                readinessProbe: {
                  httpGet: { path: '/health', port: 'main' },
                  periodSeconds: 2,
                  timeoutSeconds: 5,
                  failureThreshold: 3,
                },
              },
            ],
          },
        },
      },
    });
  });

  test('and its pods say of which deployment they are, and how it is brought back [D1][E4]', () => {
    expect(made).toEqual({
      name: 'web',
      namespace: 'shop-production',
      labels,
      annotations: {
        'landfall.dev/environment': 'shop.web.production',
        'landfall.dev/generation': '7',
        'landfall.dev/deployment': 'shop.web.production.42',
        'landfall.dev/run': expect.any(String),
      },
    });
    const { key: _, ...written } = run();
    expect(readRun(made?.annotations)).toEqual(written);
    expect(readRun(rest.spec?.template.metadata?.annotations)).toEqual(written);
  });

  test('is one for each generation with `blue-green`, whose pods it tells from all others [D1][E2]', () => {
    const { metadata: green, spec } = deploymentObject(MAKER, run({ settings: { strategy: 'blue-green' } }), null);
    expect(green?.name).toBe('web-7');
    expect(spec?.selector.matchLabels).toEqual({
      'landfall.dev/id': ID,
      'app.kubernetes.io/component': 'server',
      'app.kubernetes.io/instance': 'web-7',
    });
    expect(spec?.template.metadata?.labels).toEqual({ ...labels, 'app.kubernetes.io/instance': 'web-7' });
    expect(spec?.minReadySeconds).toBe(0);
  });

  test('is written for the deployment that brings it back, and keeps its own generation [D1][E4]', () => {
    const { metadata: back, spec } = deploymentObject({ ...MAKER, generation: 9 }, run(), null);
    expect(back?.annotations?.['landfall.dev/generation']).toBe('9');
    expect(spec?.template.metadata?.labels?.['landfall.dev/generation']).toBe('7');
  });

  test('gives the program, its rights, its resources and its account as landfall.yaml says [D1]', () => {
    const asked = run({
      run: {
        ...REQUEST.run,
        entrypoint: ['/bin/web', '$(HOME)'],
        command: ['--price', '5$$'],
        memoryBytes: 64_000_000,
        privileges: { add: [], drop: ['NET_BIND_SERVICE'], setuid: false },
      },
      settings: {
        resources: { requests: { cpu: '100m', memory: '32Mi' }, limits: { cpu: '1' } },
        readOnlyRoot: true,
        runAsUser: 10_001,
        serviceAccount: 'web',
        pullSecrets: ['regcred'],
      },
    });
    const spec = deploymentObject({ ...MAKER, pullSecret: 'acme-pull' }, asked, null).spec?.template.spec;

    expect(spec).toMatchObject({
      serviceAccountName: 'web',
      automountServiceAccountToken: false,
      imagePullSecrets: [{ name: 'regcred' }, { name: 'acme-pull' }],
      securityContext: { runAsNonRoot: true, runAsUser: 10_001 },
      volumes: [{ name: 'tmp', emptyDir: {} }],
    });
    expect(spec?.containers[0]).toMatchObject({
      command: ['/bin/web', '$$(HOME)'],
      args: ['--price', '5$$$$'],
      resources: { requests: { cpu: '100m', memory: '32Mi' }, limits: { cpu: '1', memory: '64000000' } },
      volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
      securityContext: {
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
        readOnlyRootFilesystem: true,
      },
    });
    expect(spec?.containers[0]?.securityContext?.capabilities).toEqual({ drop: ['ALL'] });
  });

  test('a limit of memory of the cluster goes before run.memory', () => {
    const asked = run({
      run: { ...REQUEST.run, memoryBytes: 64_000_000 },
      settings: { resources: { limits: { memory: '256Mi' } } },
    });
    const [container] = deploymentObject(MAKER, asked, null).spec?.template.spec?.containers ?? [];
    expect(container?.resources).toEqual({ limits: { memory: '256Mi' } });
  });

  test('never waits for a pod longer than its rollout may take: the API server would refuse that', () => {
    const health = { ...REQUEST.health, stable: { forMs: 600_000, successes: 3 } };
    const { spec } = deploymentObject(MAKER, run({ health, settings: { rolloutMs: 10_000 } }), null);
    expect(spec).toMatchObject({ minReadySeconds: 9, progressDeadlineSeconds: 10 });
  });
});

describe('readiness', () => {
  const { health } = REQUEST;
  const times = { periodSeconds: 2, failureThreshold: 3 };
  test.each([
    [
      'a host name and a short time',
      { ...health, host: 'shop.test', timeoutMs: 250 },
      {
        httpGet: { path: '/health', port: 'main', httpHeaders: [{ name: 'Host', value: 'shop.test' }] },
        timeoutSeconds: 1,
      },
    ],
    [
      'a redirect, which Kubernetes takes',
      { ...health, status: 302 },
      {
        httpGet: { path: '/health', port: 'main' },
        timeoutSeconds: 5,
      },
    ],
    [
      'an error, which Kubernetes never takes',
      { ...health, status: 401 },
      {
        tcpSocket: { port: 'main' },
        timeoutSeconds: 5,
      },
    ],
    ['a connection', { ...health, kind: 'tcp' as const }, { tcpSocket: { port: 'main' }, timeoutSeconds: 5 }],
  ])('%s', (_, settings, expected) => expect(readinessProbe({ health: settings })).toEqual({ ...expected, ...times }));
});

describe('variables', () => {
  test('go in the order of precedence, and no value of the environment is in the pod [D1][B17]', () => {
    const env = { MODE: 'live', REGION: 'eu', TOKEN: 'of the file', PRICE: '$5 $(HOME) $$' };
    const made = podVariables(run({ run: { ...REQUEST.run, env } }, { variables: VARIABLES }), VALUES);

    const fromMap = (name: string) => ({
      name,
      valueFrom: { configMapKeyRef: { name: 'web-vars-3-0a1b2c3d', key: name } },
    });
    expect(made).toEqual([
      { name: 'PORT', value: '3000' },
      fromMap('MODE'),
      { name: 'REGION', value: 'eu' },
      { name: 'PRICE', value: '$$5 $$(HOME) $$$$' },
      fromMap('LEVEL'),
      { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'web-secrets-3-0a1b2c3d', key: 'TOKEN' } } },
    ]);
  });

  test("the service's own PORT goes before ours", () => {
    expect(podVariables(run({ run: { ...REQUEST.run, env: { PORT: '81' } } }), null)).toEqual([
      { name: 'PORT', value: '81' },
    ]);
  });

  test('their values are in objects of their revision, which nobody can change [D1][B17]', () => {
    expect(variablesMap(MAKER, run(), VALUES)).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: metadata('web-vars-3-0a1b2c3d', 'variables'),
      immutable: true,
      data: { LEVEL: 'debug', MODE: 'test' },
    });
    expect(secretsObject(MAKER, run(), VALUES)).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: metadata('web-secrets-3-0a1b2c3d', 'variables'),
      type: 'Opaque',
      immutable: true,
      data: { TOKEN: Buffer.from(CANARY).toString('base64') },
    });
  });

  test('a secret is in the Secret alone [B17]', () => {
    const asked = run({ settings: { strategy: 'blue-green', available: 1 } }, { variables: VARIABLES });
    const others = manifestsOf(MAKER, asked, VALUES).filter(({ kind }) => kind !== 'Secret');
    const written = JSON.stringify(others);
    expect(written).not.toContain(CANARY);
    expect(written).not.toContain(Buffer.from(CANARY).toString('base64'));
  });

  test('without any there is no object for them', () => {
    const none = { ...VALUES, variables: {}, secrets: {} };
    expect([variablesMap(MAKER, run(), null), secretsObject(MAKER, run(), null)]).toEqual([undefined, undefined]);
    expect([variablesMap(MAKER, run(), none), secretsObject(MAKER, run(), none)]).toEqual([undefined, undefined]);
  });

  /** k8s.io/kubernetes/third_party/forked/golang/expansion, by its rules: `$$` is `$`, `$(NAME)` the value of NAME. */
  const expanded = (text: string) =>
    text.replace(/\$(?:\$|\(([^)]*)\))/g, (whole, name?: string) => (whole === '$$' ? '$' : `<${name ?? ''}>`));
  test('Kubernetes hands on every text as it was written [D1]', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('$', '(', ')', 'A', 'é', ' ') }), (text) => {
        expect(expanded(verbatim(text))).toBe(text);
      }),
    );
    expect(expanded('a $(B) $$')).toBe('a <B> $');
  });
});

describe('the Service', () => {
  test('leads to every ready pod with `rolling` [D1][E2]', () => {
    expect(serviceObject(MAKER, run({ settings: { port: 8080 } }))).toEqual({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: metadata('web', 'server'),
      spec: {
        type: 'ClusterIP',
        selector: { 'landfall.dev/id': ID, 'app.kubernetes.io/component': 'server' },
        ports: [{ name: 'main', port: 8080, targetPort: 'main', protocol: 'TCP' }],
      },
    });
  });

  test('leads to one generation with `blue-green`: that is the switch [D1][E2]', () => {
    expect(serviceObject(MAKER, run({ settings: { strategy: 'blue-green' } })).spec?.selector).toEqual({
      'landfall.dev/id': ID,
      'app.kubernetes.io/component': 'server',
      'landfall.dev/generation': '7',
    });
  });
});

describe('the Ingress', () => {
  test('has every name with its paths, the class, the TLS secret and annotations; ours go before them [D1]', () => {
    const asked = run({
      settings: {
        routes: [
          { host: 'shop.example.com', path: '/' },
          { host: 'www.shop.example.com', path: '/' },
          { host: 'shop.example.com', path: '/api' },
        ],
        ingress: {
          class: 'nginx',
          tls: 'shop-tls',
          annotations: { 'nginx.ingress.kubernetes.io/proxy-body-size': '8m', 'landfall.dev/generation': '99' },
        },
      },
    });
    const backend = { service: { name: 'web', port: { name: 'main' } } };
    const { annotations, ...rest } = metadata('web', 'server');

    expect(ingressObject(MAKER, asked)).toEqual({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: {
        ...rest,
        annotations: { 'nginx.ingress.kubernetes.io/proxy-body-size': '8m', ...annotations },
      },
      spec: {
        ingressClassName: 'nginx',
        tls: [{ hosts: ['shop.example.com', 'www.shop.example.com'], secretName: 'shop-tls' }],
        rules: [
          {
            host: 'shop.example.com',
            http: {
              paths: [
                { path: '/', pathType: 'Prefix', backend },
                { path: '/api', pathType: 'Prefix', backend },
              ],
            },
          },
          { host: 'www.shop.example.com', http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } },
        ],
      },
    });
  });

  test("has no class and no TLS of its own: the cluster's defaults", () => {
    const made = ingressObject(MAKER, run({ settings: { routes: [{ host: 'shop.example.com', path: '/' }] } }));
    expect(Object.keys(made?.spec ?? {})).toEqual(['rules']);
  });
});

describe('the autoscaler', () => {
  test('scales what serves, by its share of CPU [D1]', () => {
    const asked = run({ settings: { strategy: 'blue-green', autoscale: { max: 10, cpuPercent: 70 } } });
    expect(autoscalerObject(MAKER, asked)).toEqual({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: metadata('web', 'server'),
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web-7' },
        minReplicas: 2,
        maxReplicas: 10,
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
        ],
      },
    });
  });

  const fixed = { replicas: 2 };
  const scaled = { replicas: 2, autoscale: { max: 10, cpuPercent: 70 } };
  const with_ = (replicas: number) => ({ spec: { replicas } as never });
  test.each([
    ['a fixed number is applied, whatever is there', replicasFor(fixed, with_(5)), 2],
    ['the autoscaler keeps what it has made of it', replicasFor(scaled, with_(5)), 5],
    ['… also beyond new limits, which it keeps by itself', replicasFor(scaled, with_(12)), 12],
    ['a new one begins with the fewest', replicasFor(scaled, undefined), 2],
    ['… or with as many as serve, which it takes over from', replicasFor(scaled, undefined, 8), 8],
    ['… but no more than the most', replicasFor(scaled, undefined, 80), 10],
    ['one that was stopped is started', replicasFor(scaled, with_(0)), 2],
  ])('replicas: %s [D1]', (_, number, expected) => expect(number).toBe(expected));
});

test('a disruption budget keeps so many of the pods that get requests [D1]', () => {
  expect(disruptionBudgetObject(MAKER, run({ settings: { strategy: 'blue-green', available: 1 } }))).toEqual({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: metadata('web', 'server'),
    spec: {
      minAvailable: 1,
      selector: {
        matchLabels: {
          'landfall.dev/id': ID,
          'app.kubernetes.io/component': 'server',
          'landfall.dev/generation': '7',
        },
      },
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    },
  });
});

describe('everything of a run', () => {
  const names = (made: readonly { kind?: string; metadata?: { name?: string } }[]) =>
    made.map(({ kind, metadata: { name } = {} }) => `${kind ?? ''} ${name ?? ''}`);

  test('is in the order in which each finds what it names [D1]', () => {
    const asked = run(
      {
        settings: {
          routes: [{ host: 'shop.example.com', path: '/' }],
          autoscale: { max: 10, cpuPercent: 70 },
          available: 1,
        },
      },
      { variables: VARIABLES },
    );
    expect(names(manifestsOf(MAKER, asked, VALUES))).toEqual([
      'ConfigMap web-vars-3-0a1b2c3d',
      'Secret web-secrets-3-0a1b2c3d',
      'Deployment web',
      'Service web',
      'Ingress web',
      'HorizontalPodAutoscaler web',
      'PodDisruptionBudget web',
    ]);
    expect(unaskedOf(asked)).toEqual([]);
  });

  test('is no more than was asked for, and the rest is named [D1]', () => {
    expect(names(manifestsOf(MAKER, run(), null, 5))).toEqual(['Deployment web', 'Service web']);
    expect(names(unaskedOf(run()))).toEqual(['Ingress web', 'HorizontalPodAutoscaler web', 'PodDisruptionBudget web']);
    expect(manifestsOf(MAKER, run(), null, 5)[0]).toMatchObject({ spec: { replicas: 5 } });
  });
});

describe('the Job of a release command', () => {
  const command = { command: ['migrate', '$(X)'], timeoutMs: 60_000 };
  const job = releaseJob(MAKER, run({}, { variables: VARIABLES }), VALUES, { command, number: 1 });

  test('has one pod, which waits to be let run, is never replaced, and stays when it has ended [D1][B19]', () => {
    const { spec, metadata: made, ...rest } = job;
    expect(rest).toEqual({ apiVersion: 'batch/v1', kind: 'Job' });
    const labels = { ...OURS, 'app.kubernetes.io/component': 'release-command', 'landfall.dev/generation': '7' };
    const annotations = {
      'landfall.dev/environment': 'shop.web.production',
      'landfall.dev/generation': '7',
      'landfall.dev/deployment': 'shop.web.production.42',
    };
    expect(made).toEqual({ name: 'web-release-e4943cb605e81e3e', namespace: 'shop-production', labels, annotations });
    const { template, ...settings } = spec ?? { template: {} };
    expect(settings).toEqual({
      parallelism: 1,
      completions: 1,
      backoffLimit: 0,
      suspend: true,
      podReplacementPolicy: 'Failed',
      activeDeadlineSeconds: 660,
    });
    expect(template.metadata).toEqual({ labels, annotations });
    expect(template.spec).toMatchObject({ restartPolicy: 'Never', automountServiceAccountToken: false });
  });

  test('gets the variables of the version, no readiness and no requests [D1][B19]', () => {
    const [container] = job.spec?.template.spec?.containers ?? [];
    expect(container?.env?.map(({ name }) => name)).toEqual(['PORT', 'MODE', 'LEVEL', 'TOKEN']);
    expect(Object.keys(container ?? {})).not.toContain('readinessProbe');
    expect(Object.keys(container ?? {})).not.toContain('ports');
    expect(job.spec?.template.metadata?.labels).not.toMatchObject(serviceObject(MAKER, run()).spec?.selector ?? {});
  });

  test.each([
    ['the command alone', {}, { command: ['migrate', '$$(X)'] }],
    ["the image's entrypoint before it", { entrypoint: 'image' as const }, { args: ['migrate', '$$(X)'] }],
    ['one of its own before it', { entrypoint: ['sh'] }, { command: ['sh'], args: ['migrate', '$$(X)'] }],
  ])('runs %s [B19]', (_, entrypoint, expected) => {
    const made = releaseJob(MAKER, run(), null, { command: { ...command, ...entrypoint }, number: 1 });
    const { command: program, args } = made.spec?.template.spec?.containers[0] ?? {};
    expect({ ...(program && { command: program }), ...(args && { args }) }).toEqual(expected);
  });
});

test('the fence says who may still switch, and which release commands were going to be run [D1][B19]', () => {
  const fence = { generation: 7, begun: { 'web-release-d94f9532d428ecad': 'shop.web.production.42' } };
  const map = fenceMap(MAKER, run(), fence);
  expect(map).toEqual({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadata('web-landfall', 'fence'),
    data: { generation: '7', 'release.web-release-d94f9532d428ecad': 'shop.web.production.42' },
  });
  expect(readFence(map)).toEqual(fence);
  for (const data of [undefined, { generation: 'x' }, { generation: '9'.repeat(17) }, { generation: '-1' }]) {
    expect(readFence(data ? { data } : {})).toEqual({ generation: 0, begun: {} });
  }
});

test('the pull secret is the content of the file, for all pods of the installation', () => {
  const auth = '{"auths":{"registry.test":{"auth":"dTpw"}}}';
  expect(pullSecretObject(MAKER, 'shop-production', new Secret(auth))).toEqual({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: 'acme-pull',
      namespace: 'shop-production',
      labels: { 'app.kubernetes.io/managed-by': 'landfall', 'landfall.dev/owner': 'acme' },
    },
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': Buffer.from(auth).toString('base64') },
  });
});

test('a namespace of ours is restricted to pods such as ours', () => {
  expect(namespaceObject(MAKER, 'shop-production')).toEqual({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: 'shop-production',
      labels: {
        'app.kubernetes.io/managed-by': 'landfall',
        'landfall.dev/owner': 'acme',
        'pod-security.kubernetes.io/enforce': 'restricted',
      },
    },
  });
});
