import { describe, expect, test } from '@jest/globals';
import { readLandfallYaml } from '../../../../contracts/config/landfall-yaml.ts';
import { outsideWarnings } from '../../../../contracts/config/outside-warnings.ts';
import { certifiedNames } from '../../../../contracts/config/routes.ts';
import { kubernetes, namespaceOf } from '../../../../contracts/config/targets/kubernetes.ts';
import { parseQuantity } from '../../../../contracts/config/targets/kubernetes-quantity.ts';
import { podman } from '../../../../contracts/config/targets/podman.ts';
import { targetRegistry } from '../../../../contracts/config/targets/registry.ts';
import { schemaProblems } from '../../../../contracts/core/schema-problems.ts';

const { fields, settings, written } = targetRegistry({ podman, kubernetes });

const read = (web: unknown, more: object = {}) =>
  fields.parse({ kubernetes: { clusters: ['eu', 'us'], services: { web }, ...more } });

/** `path: message`, each. */
function problems(target: unknown): string[] {
  const result = fields.safeParse(target);
  return result.success
    ? []
    : schemaProblems(result.error.issues).map(({ path, message }) => `${path.join('.')}: ${message}`);
}
const inService = (web: unknown): string[] => problems({ kubernetes: { clusters: ['eu'], services: { web } } });

test('a service that says nothing runs once, in the namespace of its environment, without a name [D2]', () => {
  expect(settings(read({}), 'web')).toEqual({
    places: [
      { name: 'eu', queue: 'cluster/eu' },
      { name: 'us', queue: 'cluster/us' },
    ],
    ports: [],
    switchMs: 600_000,
    kindSettings: { kind: 'kubernetes', strategy: 'rolling', replicas: 1, port: 80, rolloutMs: 600_000 },
  });
  expect(settings(read({}), 'api')).toBeUndefined();
});

test('everything that a service says reaches its settings, which the schema of the kind reads back [D2]', () => {
  const web = {
    replicas: { min: 2, max: 10, cpu: 70 },
    port: 8080,
    hosts: ['shop.example.com', 'www.example.com'],
    paths: ['/', '/api/'],
    ingress: { class: 'nginx', tls: 'shop-tls', annotations: { 'nginx.ingress.kubernetes.io/proxy-body-size': '8m' } },
    resources: { requests: { cpu: 0.1, memory: '128Mi' }, limits: { memory: '256Mi' } },
    available: 1,
    rollout: '20m',
    readOnlyRoot: true,
    runAsUser: 10_001,
    serviceAccount: 'web',
    pullSecrets: ['regcred'],
  };
  const target = settings(read(web, { namespace: 'shop', strategy: 'blue-green' }), 'web');
  expect(target).toMatchObject({ switchMs: 1_200_000 });
  expect(target?.routes).toHaveLength(4);
  expect(target?.kindSettings).toEqual({
    kind: 'kubernetes',
    namespace: 'shop',
    strategy: 'blue-green',
    replicas: 2,
    autoscale: { max: 10, cpuPercent: 70 },
    port: 8080,
    routes: ['shop.example.com', 'www.example.com'].flatMap((host) => [
      { host, path: '/' },
      { host, path: '/api' },
    ]),
    ingress: web.ingress,
    resources: { requests: { cpu: '0.1', memory: '128Mi' }, limits: { memory: '256Mi' } },
    available: 1,
    rolloutMs: 1_200_000,
    readOnlyRoot: true,
    runAsUser: 10_001,
    serviceAccount: 'web',
    pullSecrets: ['regcred'],
  });
  expect(kubernetes.settings.parse(target?.kindSettings)).toEqual(target?.kindSettings);
  expect(written(read(web, { strategy: 'blue-green' })).keepsWarm).toBe(true);
});

test.each([
  [{ replicas: 0 }, 'replicas: use a number of at least 1'],
  [
    { replicas: { min: 5, max: 2 }, resources: { requests: { cpu: 1 } } },
    'replicas.max: it is below "min", which is 5',
  ],
  [
    { replicas: { min: 1, max: 2 } },
    'replicas.cpu: it is a share of what a pod requests: set "resources.requests.cpu"',
  ],
  [{ paths: ['/api'] }, 'paths: paths belong to names: set "hosts" as well'],
  [{ ingress: { class: 'nginx' } }, 'ingress: an ingress has names: set "hosts" as well'],
  [{ hosts: ['Shop.example.com'] }, 'hosts.0: write it as shop.example.com'],
  [
    { resources: { requests: { memory: '1Gi' }, limits: { memory: '512Mi' } } },
    'resources.requests.memory: it is above the limit, which is 512Mi',
  ],
  [
    { resources: { limits: { memory: '256mb' } } },
    'resources.limits.memory: use a number of bytes such as 128Mi, 1.5Gi or 500M: 256M, perhaps',
  ],
  [
    { resources: { limits: { memory: '256m' } } },
    'resources.limits.memory: m is a thousandth of a byte: write 256M or 256Mi',
  ],
  [
    { resources: { requests: { cpu: '1 core' } } },
    'resources.requests.cpu: use a number of cores such as 0.5 or 2, or thousandths of one such as 100m',
  ],
  [
    { replicas: 2, available: 2 },
    'available: use less than the number of replicas, 2: otherwise no node with one of them can be drained',
  ],
  [{ runAsUser: 0 }, 'runAsUser: use a user id of 1 or more: pods do not run as root'],
  [{ rollout: '5s' }, 'rollout: use a duration from 10s to 2h, such as 30s, 15m or 2h'],
  [{ pullSecrets: ['Reg Cred'] }, 'pullSecrets.0: use lower-case letters, digits, dashes and dots, 253 at most'],
])('%j is refused at its own key, with what to write [D2][F6]', (web, problem) => {
  expect(inService(web)).toEqual([`kubernetes.services.web.${problem}`]);
});

test('a service that the DNS of a cluster could not name is refused, and so is a namespace of the cluster itself [D2][F6]', () => {
  expect(problems({ kubernetes: { clusters: ['eu'], namespace: 'kube-system', services: { '1web': {} } } })).toEqual([
    "kubernetes.namespace: namespaces that begin with kube- are the cluster's own: use another one",
    'kubernetes.services.1web: in a cluster, a name begins with a letter: rename 1web',
  ]);
});

test.each([
  ['0.5', 0.5],
  ['500m', 0.5],
  ['.5', 0.5],
  ['5.', 5],
  ['2e3', 2000],
  ['1E2', 100],
  ['1E', 1e18],
  ['1.5Gi', 1_610_612_736],
  ['128974848', 128_974_848],
  ['129M', 129_000_000],
  ['128974848000m', 128_974_848],
  ['1kI', undefined],
  ['1K', undefined],
  ['1 Gi', undefined],
  ['-1', undefined],
  ['', undefined],
  ['.', undefined],
  ['1e', undefined],
  ['1'.repeat(40), undefined],
])('the quantity %j is %j, as the API server reads it [D2]', (text, size) => {
  expect(parseQuantity(text)).toBe(size);
});

test.each([
  ['shop', 'production', 'shop-production'],
  ['kube', 'system', 'of-kube-system'],
  ['a'.repeat(31), 'b'.repeat(31), `${'a'.repeat(31)}-${'b'.repeat(31)}`],
])('the namespace of %s in %s is %s [D2]', (project, environment, namespace) => {
  expect(namespaceOf({ project, environment }, {})).toBe(namespace);
  expect(namespaceOf({ project, environment }, { namespace: 'other' })).toBe('other');
});

test('a namespace that would be too long is cut, and two of them stay apart [D2]', () => {
  const long = ['x', 'y'].map((last) =>
    namespaceOf({ project: 'p'.repeat(40), environment: `${'e'.repeat(39)}${last}` }, {}),
  );
  expect(new Set(long).size).toBe(2);
  for (const one of long) expect(one).toMatch(/^p{40}-e{13}-[0-9a-f]{8}$/);
});

describe('of two kinds that a file may name', () => {
  const podmanPart = { hosts: ['one'], publish: { web: 20_080 } };
  const part = { clusters: ['eu'], services: { web: {} } };

  test.each([
    ['both', { podman: podmanPart, kubernetes: part }, ['kubernetes: it cannot stand beside podman: keep one of them']],
    ['none', {}, [': name podman or kubernetes']],
    ['no map', 'kubernetes', [': use a map of keys and values']],
    ['a part that is none', { kubernetes: ['eu'] }, ['kubernetes: use a map of keys and values, not a list']],
    [
      'a key of the other one',
      { kubernetes: { hosts: ['eu'], services: {} } },
      ['kubernetes.clusters: it is missing: use a list', 'kubernetes: unrecognized key "hosts"'],
    ],
    [
      'a wrong key deep in it',
      { kubernetes: { ...part, services: { web: { resources: { request: { cpu: 1 } } } } } },
      ['kubernetes.services.web.resources: unrecognized key "request"'],
    ],
    [
      'a wrong type deep in it',
      { kubernetes: { ...part, services: { web: { port: '80', replicas: 'two', ingress: true } } } },
      [
        'kubernetes.services.web.replicas: use a number or a map of keys and values',
        'kubernetes.services.web.port: use a number, not a text',
        'kubernetes.services.web.ingress: use a map of keys and values, not true or false',
      ],
    ],
  ])('%s is told of at the key that was written [D2][F6]', (_case, target, expected) => {
    expect(problems(target)).toEqual(expected);
  });
});

describe('what pods cannot do', () => {
  const declared = {
    health: { kind: 'container' },
    run: { setuid: true, capabilities: { add: ['NET_RAW', 'MKNOD'], drop: ['MKNOD'] }, memory: '64mb' },
  };
  const unfit = (web: object) =>
    written(read(web))
      .unfit?.('web', declared)
      .map(({ path, why }) => `${path.join('.')}: ${why}`);

  test('is refused at the setting of the service itself [D2][F6]', () => {
    expect(unfit({ resources: { requests: { memory: '128Mi' } } })).toEqual([
      'health.kind: which runs no HEALTHCHECK of an image: use "kind: http" or "kind: tcp"',
      'run.setuid: whose pods gain no rights (allowPrivilegeEscalation: false): remove it',
      'run.capabilities.add.0: whose pods get no NET_RAW (Pod Security Standards, restricted): remove it',
      'run.memory: where it requests 128Mi of memory, which is more: raise it, or set "resources.limits.memory" there',
    ]);
    expect(unfit({ resources: { requests: { memory: '128Mi' }, limits: { memory: '1Gi' } } })).toHaveLength(3);
    expect(unfit({})).toHaveLength(3);
  });

  test('is nobody’s business where the service does not run [D2]', () => {
    expect(written(read({})).unfit?.('api', declared)).toEqual([]);
  });
});

test('with blue-green, no service is called like the numbered Deployments of another one [D2][F6]', () => {
  const part = { clusters: ['eu'], services: { web: {}, 'web-5': {}, 'api-2': {} } };
  expect(problems({ kubernetes: { ...part, strategy: 'blue-green' } })).toEqual([
    'kubernetes.services.web-5: with blue-green, the Deployments of web are called web-1, web-2, …: rename web-5',
  ]);
  expect(problems({ kubernetes: part })).toEqual([]);
});

test('names of an ingress are those of the target, and the cluster has their certificates [D2][B18]', () => {
  const target = settings(read({ hosts: ['shop.example.com'] }), 'web');
  expect(target).toMatchObject({ routes: [{ host: 'shop.example.com', path: '/' }], certificates: 'elsewhere' });
  expect(certifiedNames(target)).toEqual([]);
  expect(settings(read({}), 'web')).not.toHaveProperty('certificates');
});

describe('a whole file', () => {
  const file = (web: string, environments: string) =>
    readLandfallYaml(`version: 1\nservices: { web: ${web} }\nenvironments:\n${environments}`);
  const told = (read: ReturnType<typeof readLandfallYaml>) =>
    read.ok ? [] : read.problems.map(({ line, path, message }) => `${line} ${path}: ${message}`);
  const on = (name: string, kind: string) => `  ${name}: { target: { ${kind} } }\n`;
  const cluster = 'kubernetes: { clusters: [eu], services: { web: {} } }';

  test('whose service cannot run in a cluster is refused at the service, and once, with the environment [D2][F6]', () => {
    const environments =
      on('dev', 'podman: { hosts: [one], publish: { web: 20080 } }') + on('one', cluster) + on('two', cluster);
    expect(told(file('{ health: { kind: container } }', environments))).toEqual([
      '2 services.web.health.kind: one deploys it to a cluster, which runs no HEALTHCHECK of an image: use "kind: http" or "kind: tcp"',
    ]);
  });

  test('that gives two environments one namespace is refused where the second one takes it [D2][F6]', () => {
    const shared = 'kubernetes: { clusters: [eu], namespace: shop, services: { web: {} } }';
    expect(told(file('{}', on('one', shared) + on('two', shared)))).toEqual([
      '5 environments.two.target.kubernetes.services.web: web in the namespace shop of eu is that of web in one: use another one',
    ]);
    expect(told(file('{}', on('one', shared) + on('two', cluster)))).toEqual([]);
  });

  test('that names two kinds is refused at the second, in its own line [D2][F6]', () => {
    const both = `  one:\n    target:\n      podman: { hosts: [one], publish: { web: 20080 } }\n      ${cluster}\n`;
    expect(told(file('{}', both))).toEqual([
      '7 environments.one.target.kubernetes: it cannot stand beside podman: keep one of them',
    ]);
  });

  test('warns of a cluster that no worker serves in the words for a cluster [D2][F6]', () => {
    const read = file('{}', on('one', cluster));
    const warnings = read.ok ? outsideWarnings(read.mentions, { unservedQueues: ['cluster/eu'] }) : [];
    expect(warnings).toMatchObject([{ message: expect.stringMatching(/^no worker of a cluster eu asks for work/) }]);
  });
});
