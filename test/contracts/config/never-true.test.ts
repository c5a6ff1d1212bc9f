/** Every key of landfall.yaml, with values that can never work, or hardly do: each is refused, or warned of. */
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { readLandfallYaml } from '../../../contracts/config/landfall-yaml.ts';
import { landfallYamlJsonSchema } from '../../../contracts/config/landfall-schema.ts';

const NOW = Date.parse('2026-11-30T12:00:00Z');

type Edit = (file: Whole) => void;
interface Whole {
  version: unknown;
  project?: unknown;
  services: Record<string, Record<string, unknown>>;
  environments: Record<string, Record<string, unknown>>;
  previews?: Record<string, unknown>;
}

const podman = (over: object = {}) => ({ podman: { hosts: ['one'], publish: { web: 20_080 }, ...over } });
const edited = (edit: Edit): string => {
  const whole: Whole = { version: 1, services: { web: {} }, environments: { production: { target: podman() } } };
  edit(whole);
  return JSON.stringify(whole);
};
const service =
  (web: object): Edit =>
  (file) =>
    (file.services['web'] = { ...web });
const environment =
  (more: object): Edit =>
  (file) =>
    (file.environments['production'] = { target: podman(), ...more });
const targeted = (over: object): Edit => environment({ target: podman(over) });
const named = (...hosts: string[]) => ({ podman: { hosts: ['one'], publish: { web: { hosts } } } });
const previews =
  (more: object): Edit =>
  (file) =>
    (file.previews = { target: named('pr-{number}.example.com'), ...more });
const shown = (...hosts: string[]) => previews({ target: named(...hosts) });
const clustered = (web: object, more: object = {}): Edit =>
  environment({ target: { kubernetes: { clusters: ['eu'], services: { web }, ...more } } });
const asked = (approval: object) => environment({ approval });
const ALL = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const users = (...names: string[]) => ({ users: names });

/** The judgement of a value by the file alone: it is refused, or warned of; or the reason why neither is possible. */
interface Row {
  readonly refused?: readonly (readonly [what: string, edit: Edit, path: string])[];
  readonly warned?: readonly (readonly [what: string, edit: Edit, path: string])[];
  readonly fine?: string;
}
const P = 'environments.production';
const K = `${P}.target.kubernetes`;
const KS = 'environments.*.target.kubernetes.services.*';
const CPU = { resources: { requests: { cpu: '100m' } } };
const NAME = 'shop.example.com';
const V = 'previews.target.podman.publish';
const ROWS: Readonly<Record<string, Row>> = {
  version: { refused: [['another version', (file) => (file.version = 2), 'version']] },
  project: { refused: [['no name', (file) => (file.project = 'My Shop'), 'project']] },
  services: {
    refused: [['none', (file) => (file.services = {}), 'services']],
    warned: [['one that goes nowhere', (file) => (file.services['api'] = {}), 'services.api']],
  },
  'services.*.root': { refused: [['outside', service({ root: '../web' }), 'services.web.root']] },
  'services.*.paths': {
    refused: [
      ['exclusions alone', service({ paths: ['!docs'] }), 'services.web.paths'],
      ['a pattern that matches literally', service({ paths: ['*.{ts,js}'] }), 'services.web.paths.0'],
    ],
    warned: [
      ['all taken out again', service({ paths: ['src/**', '!**'] }), 'services.web.paths.0'],
      ['its folder taken out again', service({ paths: ['docs', 'src/api', '!src'] }), 'services.web.paths.1'],
      ['the same taken out again', service({ paths: ['a/*.md', '!a/*.md', 'b'] }), 'services.web.paths.0'],
    ],
  },
  'services.*.build.builder': {
    warned: [['an experimental one', service({ build: { builder: 'railpack' } }), 'services.web.build.builder']],
  },
  'services.*.build.dockerfile': {
    refused: [['outside', service({ build: { dockerfile: '../Dockerfile' } }), 'services.web.build.dockerfile']],
    warned: [
      [
        'with a builder that reads none',
        service({ build: { builder: 'nixpacks', dockerfile: 'web.Dockerfile' } }),
        'services.web.build.dockerfile',
      ],
    ],
  },
  'services.*.build.args': {
    refused: [['no text', service({ build: { args: { A: null } } }), 'services.web.build.args.A']],
  },
  'services.*.build.timeout': {
    refused: [['beyond the limit', service({ build: { timeout: '3h' } }), 'services.web.build.timeout']],
  },
  'services.*.build.pull': { fine: 'each of the three can be done' },
  'services.*.build.submodules': { fine: 'each of the two can be done' },
  'services.*.build.lfs': { fine: 'each of the two can be done' },
  'services.*.build.contextLimit': {
    refused: [['nothing', service({ build: { contextLimit: '0mb' } }), 'services.web.build.contextLimit']],
  },
  'services.*.run.port': { refused: [['no port', service({ run: { port: 0 } }), 'services.web.run.port']] },
  'services.*.run.command': {
    refused: [['no program', service({ run: { command: [''] } }), 'services.web.run.command']],
  },
  'services.*.run.entrypoint': {
    refused: [['no program', service({ run: { entrypoint: [] } }), 'services.web.run.entrypoint']],
  },
  'services.*.run.env': {
    refused: [
      ['no name', service({ run: { env: { 'A-B': 'x' } } }), 'services.web.run.env.A-B'],
      ["Landfall's own", service({ run: { env: { PORT: '3000' } } }), 'services.web.run.env.PORT'],
    ],
  },
  'services.*.run.stopTimeout': {
    refused: [['beyond the limit', service({ run: { stopTimeout: '11m' } }), 'services.web.run.stopTimeout']],
  },
  'services.*.run.warm': {
    warned: [
      [
        'with recreate',
        (file) => {
          service({ run: { warm: 'stopped' } })(file);
          targeted({ strategy: 'recreate' })(file);
        },
        'services.web.run.warm',
      ],
    ],
  },
  'services.*.run.memory': {
    refused: [['nothing', service({ run: { memory: '0gb' } }), 'services.web.run.memory']],
    warned: [['hardly anything', service({ run: { memory: '500kb' } }), 'services.web.run.memory']],
  },
  'services.*.run.capabilities.add': {
    refused: [
      [
        'one that opens the host',
        service({ run: { capabilities: { add: ['SYS_ADMIN'] } } }),
        'services.web.run.capabilities.add.0',
      ],
    ],
    warned: [
      [
        'one that is dropped',
        service({ run: { capabilities: { add: ['NET_RAW'], drop: ['net_raw'] } } }),
        'services.web.run.capabilities.add.0',
      ],
    ],
  },
  'services.*.run.capabilities.drop': {
    refused: [
      ['no capability', service({ run: { capabilities: { drop: ['ALL'] } } }), 'services.web.run.capabilities.drop.0'],
    ],
  },
  'services.*.run.setuid': { fine: 'both can be done' },
  'services.*.health.kind': { fine: 'whether the image has a HEALTHCHECK is seen when it is there' },
  'services.*.health.path': {
    refused: [['no path', service({ health: { path: 'health' } }), 'services.web.health.path']],
    warned: [['of a port', service({ health: { kind: 'tcp', path: '/up' } }), 'services.web.health.path']],
  },
  'services.*.health.status': {
    refused: [['an interim one', service({ health: { status: 100 } }), 'services.web.health.status']],
    warned: [
      ['of a HEALTHCHECK', service({ health: { kind: 'container', status: 204 } }), 'services.web.health.status'],
    ],
  },
  'services.*.health.host': {
    refused: [['an address', service({ health: { host: 'http://a/' } }), 'services.web.health.host']],
  },
  'services.*.health.expect': {
    refused: [['nothing', service({ health: { expect: ' ' } }), 'services.web.health.expect']],
  },
  'services.*.health.stable.for': {
    refused: [['beyond the limit', service({ health: { stable: { for: '11m' } } }), 'services.web.health.stable.for']],
  },
  'services.*.health.stable.successes': {
    refused: [['none', service({ health: { stable: { successes: 0 } } }), 'services.web.health.stable.successes']],
  },
  'services.*.health.timeout': {
    refused: [['beyond the limit', service({ health: { timeout: '2m' } }), 'services.web.health.timeout']],
  },
  'services.*.health.attempts': {
    refused: [['none', service({ health: { attempts: 0 } }), 'services.web.health.attempts']],
  },
  'services.*.health.firstWait': {
    refused: [
      [
        'longer than the longest',
        service({ health: { firstWait: '10s', maxWait: '5s' } }),
        'services.web.health.firstWait',
      ],
    ],
  },
  'services.*.health.maxWait': {
    refused: [['beyond the limit', service({ health: { maxWait: '2m' } }), 'services.web.health.maxWait']],
  },
  'services.*.release.command': {
    refused: [['no program', service({ release: { command: [] } }), 'services.web.release.command']],
  },
  'services.*.release.entrypoint': {
    refused: [
      ['no program', service({ release: { command: ['a'], entrypoint: [] } }), 'services.web.release.entrypoint'],
    ],
  },
  'services.*.release.timeout': {
    refused: [
      ['beyond the limit', service({ release: { command: ['a'], timeout: '3h' } }), 'services.web.release.timeout'],
    ],
  },
  environments: {
    refused: [
      [
        "a pull request's",
        (file) => (file.environments['pr-7'] = { target: podman({ publish: {} }) }),
        'environments.pr-7',
      ],
      [
        'that of all previews',
        (file) => (file.environments['previews'] = { target: podman({ publish: {} }) }),
        'environments.previews',
      ],
    ],
  },
  [`${P.replace('production', '*')}.branch`]: {
    refused: [['a pattern', environment({ branch: 'release/*' }), `${P}.branch`]],
    warned: [
      ['a ref', environment({ branch: 'refs/heads/main' }), `${P}.branch`],
      ['a tag', environment({ branch: 'refs/tags/v1' }), `${P}.branch`],
      ['of a remote', environment({ branch: 'origin/main' }), `${P}.branch`],
    ],
  },
  'environments.*.autoDeploy': { fine: 'both can be done' },
  'environments.*.ci': {
    refused: [['a name', environment({ ci: 'CI' }), `${P}.ci`]],
    warned: [['that nothing waits for', environment({ autoDeploy: false, ci: '.github/workflows/ci.yml' }), `${P}.ci`]],
  },
  'environments.*.production': { fine: 'both can be said' },
  'environments.*.githubNames': {
    warned: [
      [
        "another environment's",
        (file) => {
          file.environments['staging'] = { target: podman({ publish: { web: 20_081 } }) };
          environment({ githubNames: ['Live', 'Staging'] })(file);
        },
        `${P}.githubNames.1`,
      ],
    ],
  },
  'environments.*.queue': { fine: 'each of the three can be done' },
  'environments.*.freeze': {
    refused: [
      ['without an end', environment({ freeze: [{ days: ALL, from: '09:00', to: '09:00' }] }), `${P}.freeze.0`],
      [
        'without an end, in two halves',
        environment({
          freeze: [
            { days: ALL, from: '00:00', to: '12:00' },
            { days: ALL, from: '11:00', to: '24:00' },
          ],
        }),
        `${P}.freeze`,
      ],
      [
        'without an end, by days and nights',
        environment({
          freeze: [
            { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '00:00', to: '24:00' },
            { days: ['sat', 'sun'], from: '00:00', to: '00:00' },
          ],
        }),
        `${P}.freeze`,
      ],
    ],
    warned: [
      [
        'that is over',
        environment({ freeze: [{ from: '2025-12-24T00:00:00Z', to: '2026-01-02T00:00:00Z' }] }),
        `${P}.freeze.0`,
      ],
    ],
  },
  'environments.*.approval.from': { refused: [['nobody', asked({ from: { users: [] } }), `${P}.approval.from`]] },
  'environments.*.approval.count': {
    refused: [['more than may', asked({ from: users('ann', 'Ann'), count: 2 }), `${P}.approval.count`]],
    warned: [['all that may', asked({ from: users('ann', 'bob'), count: 2 }), `${P}.approval.count`]],
  },
  'environments.*.approval.selfReview': { fine: 'see count' },
  'environments.*.approval.remind': {
    refused: [
      ['after the end', asked({ remind: '2d', expire: '1d' }), `${P}.approval.remind`],
      [
        'after the escalation',
        asked({ remind: '2h', escalate: { after: '1h', to: users('bob') } }),
        `${P}.approval.remind`,
      ],
    ],
  },
  'environments.*.approval.escalate.after': {
    refused: [
      ['after the end', asked({ escalate: { after: '2d', to: users('bob') } }), `${P}.approval.escalate.after`],
    ],
  },
  'environments.*.approval.escalate.to': {
    warned: [
      [
        'nobody new',
        asked({ from: users('ann', 'bob'), escalate: { after: '1h', to: users('Bob') } }),
        `${P}.approval.escalate.to`,
      ],
    ],
  },
  'environments.*.approval.expire': {
    refused: [['beyond the limit', asked({ expire: '15d' }), `${P}.approval.expire`]],
  },
  'environments.*.onFailure.wait': {
    refused: [['beyond the limit', environment({ onFailure: { wait: '13h' } }), `${P}.onFailure.wait`]],
  },
  'environments.*.issues': { fine: 'both can be done' },
  'environments.*.target.kubernetes.clusters': {
    refused: [
      ['one twice', clustered({}, { clusters: ['eu', 'eu'] }), `${K}.clusters.1`],
      ['none', clustered({}, { clusters: [] }), `${K}.clusters`],
    ],
  },
  'environments.*.target.kubernetes.namespace': {
    refused: [["the cluster's own", clustered({}, { namespace: 'kube-system' }), `${K}.namespace`]],
  },
  'environments.*.target.kubernetes.strategy': {
    refused: [['that of hosts', clustered({}, { strategy: 'recreate' }), `${K}.strategy`]],
  },
  [`${KS}.replicas`]: {
    refused: [
      [
        'more at least than at most',
        clustered({ replicas: { min: 3, max: 2 }, ...CPU }),
        `${K}.services.web.replicas.max`,
      ],
    ],
  },
  [`${KS}.port`]: { refused: [['none', clustered({ port: 0 }), `${K}.services.web.port`]] },
  [`${KS}.hosts`]: { refused: [['a wildcard', clustered({ hosts: ['*.example.com'] }), `${K}.services.web.hosts.0`]] },
  [`${KS}.paths`]: { refused: [['without names', clustered({ paths: ['/api'] }), `${K}.services.web.paths`]] },
  [`${KS}.ingress.class`]: {
    refused: [
      ['no name', clustered({ hosts: [NAME], ingress: { class: 'My Class' } }), `${K}.services.web.ingress.class`],
    ],
  },
  [`${KS}.ingress.tls`]: {
    refused: [['no name', clustered({ hosts: [NAME], ingress: { tls: 'a/b' } }), `${K}.services.web.ingress.tls`]],
  },
  [`${KS}.ingress.annotations`]: {
    refused: [
      [
        "Landfall's own",
        clustered({ hosts: [NAME], ingress: { annotations: { 'landfall.dev/x': '1' } } }),
        `${K}.services.web.ingress.annotations.landfall.dev/x`,
      ],
    ],
  },
  [`${KS}.resources.requests.cpu`]: {
    refused: [
      [
        'no quantity',
        clustered({ resources: { requests: { cpu: 'one' } } }),
        `${K}.services.web.resources.requests.cpu`,
      ],
    ],
  },
  [`${KS}.resources.requests.memory`]: {
    refused: [
      [
        'more than the limit',
        clustered({ resources: { requests: { memory: '2Gi' }, limits: { memory: '1Gi' } } }),
        `${K}.services.web.resources.requests.memory`,
      ],
    ],
  },
  [`${KS}.resources.limits.cpu`]: {
    refused: [
      ['too little', clustered({ resources: { limits: { cpu: '1u' } } }), `${K}.services.web.resources.limits.cpu`],
    ],
  },
  [`${KS}.resources.limits.memory`]: {
    refused: [
      [
        'thousandths',
        clustered({ resources: { limits: { memory: '256m' } } }),
        `${K}.services.web.resources.limits.memory`,
      ],
    ],
  },
  [`${KS}.available`]: {
    refused: [['all of them', clustered({ replicas: 2, available: 2 }), `${K}.services.web.available`]],
  },
  [`${KS}.rollout`]: { refused: [['too short', clustered({ rollout: '1s' }), `${K}.services.web.rollout`]] },
  [`${KS}.readOnlyRoot`]: { fine: 'either can be done' },
  [`${KS}.runAsUser`]: { refused: [['root', clustered({ runAsUser: 0 }), `${K}.services.web.runAsUser`]] },
  [`${KS}.serviceAccount`]: {
    refused: [['no name', clustered({ serviceAccount: 'Web' }), `${K}.services.web.serviceAccount`]],
  },
  [`${KS}.pullSecrets`]: { refused: [['none', clustered({ pullSecrets: [] }), `${K}.services.web.pullSecrets`]] },
  'environments.*.target.podman.hosts': {
    refused: [
      ['none', targeted({ hosts: [] }), `${P}.target.podman.hosts`],
      ['one twice', targeted({ hosts: ['one', 'one'] }), `${P}.target.podman.hosts.1`],
    ],
  },
  'environments.*.target.podman.strategy': { fine: 'whether a host has a proxy is known there' },
  'environments.*.target.podman.publish': {
    refused: [
      ['one port twice', targeted({ publish: { web: 20_080, api: 20_080 } }), `${P}.target.podman.publish.api`],
    ],
    warned: [
      [
        'no service',
        (file) => {
          file.environments['staging'] = { target: podman() };
          targeted({ publish: {} })(file);
        },
        `${P}.target.podman.publish`,
      ],
      ['a service that is not there', targeted({ publish: { web: 1, wbe: 2 } }), `${P}.target.podman.publish.wbe`],
    ],
  },
  'previews.target': {
    refused: [
      ['one name for all', shown('preview.example.com'), `${V}.web.hosts.0`],
      ['another placeholder', shown('{branch}-{number}.example.com'), `${V}.web.hosts.0`],
      ['a label that grows too long', shown(`${'a'.repeat(54)}{number}.example.com`), `${V}.web.hosts.0`],
      ['a number at the end', shown('preview.{number}'), `${V}.web.hosts.0`],
      ['capitals', shown('PR-{number}.example.com'), `${V}.web.hosts.0`],
      ['a port', previews({ target: podman() }), `${V}.web`],
      ['no service', previews({ target: podman({ publish: {} }) }), V],
      ['one name twice', shown('pr-{number}.example.com', 'pr-{number}.example.com'), `${V}.web.hosts.1`],
      [
        "one of an environment's",
        (file) => {
          targeted({ publish: { web: { hosts: ['pr-1.example.com'] } } })(file);
          previews({})(file);
        },
        `${V}.web.hosts.0`,
      ],
      [
        'one host twice',
        previews({ target: { podman: { ...named('pr-{number}.example.com').podman, hosts: ['one', 'one'] } } }),
        'previews.target.podman.hosts.1',
      ],
    ],
    warned: [
      [
        'a service that is not there',
        previews({ target: podman({ publish: { wbe: { hosts: ['pr-{number}.example.com'] } } }) }),
        `${V}.wbe`,
      ],
    ],
  },
  'previews.ttl': {
    refused: [
      ['no time', previews({ ttl: '1m' }), 'previews.ttl'],
      ['beyond the limit', previews({ ttl: '15d', extendMax: '14d' }), 'previews.ttl'],
    ],
  },
  'previews.extendMax': { refused: [['less than ttl', previews({ ttl: '2d' }), 'previews.extendMax']] },
  'previews.automatic.labels': {
    refused: [['no label', previews({ automatic: { labels: [''] } }), 'previews.automatic.labels.0']],
  },
  'previews.automatic.authors': {
    refused: [['no login', previews({ automatic: { authors: ['@octocat'] } }), 'previews.automatic.authors.0']],
  },
  'previews.limits.repository': {
    refused: [['none', previews({ limits: { repository: 0 } }), 'previews.limits.repository']],
  },
  'previews.limits.person': { refused: [['none', previews({ limits: { person: 0 } }), 'previews.limits.person']] },
  'previews.forks': { fine: 'each of the two can be done' },
};

/** Keys as the published schema has them; of free names `*`. Lists and unions are values of their key. */
function keysOf(schema: unknown, path: readonly string[] = []): readonly string[] {
  const { properties = {}, additionalProperties, anyOf = [] } = Node.parse(schema);
  // A union has the keys of each of its forms.
  if (anyOf.length > 0) return anyOf.flatMap((form) => keysOf(form, path));
  const inner = Object.entries(properties);
  const free = typeof additionalProperties === 'object' ? [['*', additionalProperties] as const] : [];
  const below = [...inner, ...free].flatMap(([name, one]) => {
    const at = [...path, name];
    const found = keysOf(one, at);
    return found.length > 0 && !LEAVES.has(at.join('.')) ? found : [at.join('.')];
  });
  return below;
}
const Node = z.looseObject({
  properties: z.record(z.string(), z.unknown()).optional(),
  additionalProperties: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
});
/** Maps of values, and lists of people, are one thing to say something of. */
const LEAVES = new Set([
  'services.*.build.args',
  'services.*.run.env',
  'environments.*.approval.from',
  'environments.*.approval.escalate.to',
  'environments.*.target.podman.publish',
  'environments.*.target.kubernetes.services.*.replicas',
  'environments.*.target.kubernetes.services.*.ingress.annotations',
  'previews.target',
]);

test('every key of the published schema has its row, and no row is without a key [F6]', () => {
  const rows = Object.keys(ROWS).filter((key) => key !== 'services' && key !== 'environments');
  expect(rows.toSorted()).toEqual([...keysOf(landfallYamlJsonSchema())].toSorted());
  for (const row of Object.values(ROWS)) expect(Object.keys(row)).not.toEqual([]);
});

const cases = (kind: 'refused' | 'warned') =>
  Object.entries(ROWS).flatMap(([key, row]) => (row[kind] ?? []).map((one) => [key, ...one] as const));

describe('a value that can never come true', () => {
  test.each(cases('refused'))('%s: %s is refused there [F6]', (_key, _what, edit, path) => {
    const read = readLandfallYaml(edited(edit), { now: NOW });
    expect(read).toMatchObject({ ok: false, problems: [{ path }] });
  });
});

describe('a value that hardly does what it was written for', () => {
  test.each(cases('warned'))('%s: %s is taken, and warned of there [F6]', (_key, _what, edit, path) => {
    const read = readLandfallYaml(edited(edit), { now: NOW });
    expect(read).toMatchObject({ ok: true, warnings: [{ path, line: 1, message: expect.stringMatching(/./) }] });
  });
});

test.each<readonly [string, Edit]>([
  ['as little as possible', () => undefined],
  ['no environments', (file) => (file.environments = {})],
  ['a path of HTTP', service({ health: { path: '/up', status: 204 } })],
  ['patterns that leave something', service({ paths: ['src/**', '!src/**/*.md', '*', '!README.md'] })],
  ['a pattern that lets in what was taken out', service({ paths: ['**', '!docs', 'docs/api'] })],
  ['warm with one blue-green environment', service({ run: { warm: 'stopped' } })],
  ['a branch with a slash', environment({ branch: 'release/1' })],
  ['a freeze that is still to come', environment({ freeze: [{ from: '2026-12-24T00:00Z', to: '2027-01-02T00:00Z' }] })],
  ['a free hour', environment({ freeze: [{ days: ALL, from: '00:00', to: '23:00' }] })],
  [
    'a minute between the last window of a week and the first of the next',
    environment({
      freeze: [
        { days: ALL.slice(0, 6), from: '00:00', to: '24:00' },
        { days: ['sat'], from: '00:01', to: '24:00' },
      ],
    }),
  ],
  ['one more than needed', asked({ from: users('ann', 'bob', 'cy'), count: 2 })],
  ['all that may, and their own too', asked({ from: users('ann', 'bob'), count: 2, selfReview: true })],
  ['a team', asked({ from: { teams: ['acme/leads'] }, count: 3 })],
  ['somebody new', asked({ from: users('ann', 'cy'), escalate: { after: '1h', to: users('ann', 'bob') } })],
  ['a name of its own', environment({ githubNames: ['Production', 'Live'] })],
  ['previews', previews({})],
  [
    'a service that is shown alone',
    (file) => {
      file.environments = {};
      previews({})(file);
    },
  ],
  ['a label that fits a number of ten digits', shown(`${'a'.repeat(53)}{number}.example.com`)],
  [
    'an environment that is called nearly as a preview is',
    (file) => {
      file.environments = { 'pr-x': { target: podman({ publish: { web: { hosts: ['pr-x.example.com'] } } }) } };
      previews({})(file);
    },
  ],
])('%s is taken without a word [F6]', (_what, edit) => {
  expect(readLandfallYaml(edited(edit), { now: NOW })).toMatchObject({ ok: true, warnings: [] });
});
