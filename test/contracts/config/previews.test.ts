import { describe, expect, test } from '@jest/globals';
import { readLandfallYaml } from '../../../contracts/config/landfall-yaml.ts';
import { outsideWarnings } from '../../../contracts/config/outside-warnings.ts';
import { previewRules, previewSettings } from '../../../contracts/config/previews.ts';
import { previewEnvironment, previewNumber, variablesEnvironment } from '../../../contracts/core/preview-names.ts';

const file = (more = '', services = '{ web: {}, api: {}, worker: {} }') => `version: 1
services: ${services}
previews:
  target:
    podman:
      hosts: [alpha, beta]
      publish:
        web: { hosts: ['pr-{number}.preview.example.com'] }
        api: { hosts: ['pr-{number}.preview.example.com', 'api-{number}.{number}.example.com'], paths: [/api] }
${more}`;

function read(text: string) {
  const found = readLandfallYaml(text);
  if (!found.ok) throw new Error(JSON.stringify(found.problems));
  return found.value;
}

describe('the environment of a pull request', () => {
  test('has the names of its number at the places of the template, and protects nothing [D2][F6]', () => {
    expect(previewSettings(read(file()), 7, 'api')).toEqual({
      name: 'pr-7',
      production: false,
      queue: 'supersede',
      preview: { number: 7 },
      target: {
        places: [
          { name: 'alpha', queue: expect.any(String) },
          { name: 'beta', queue: expect.any(String) },
        ],
        ports: [],
        routes: [
          { host: 'pr-7.preview.example.com', path: '/api' },
          { host: 'api-7.7.example.com', path: '/api' },
        ],
        kindSettings: expect.objectContaining({
          routes: [
            { host: 'pr-7.preview.example.com', path: '/api' },
            { host: 'api-7.7.example.com', path: '/api' },
          ],
        }),
      },
    });
    const longest = previewSettings(read(file()), 9_999_999_999, 'web');
    expect(longest?.target.routes).toEqual([{ host: 'pr-9999999999.preview.example.com', path: '/' }]);
  });

  test('is there for services of the template alone, and for none without previews', () => {
    expect(previewSettings(read(file()), 7, 'worker')).toBeUndefined();
    expect(previewSettings(read(file()), 7, 'constructor')).toBeUndefined();
    expect(previewSettings(read('version: 1\nservices: { web: {} }\n'), 7, 'web')).toBeUndefined();
  });

  test('is called by its number, in one form only', () => {
    expect([1, 7, 9_999_999_999].map((number) => previewNumber(previewEnvironment(number)))).toEqual([
      1, 7, 9_999_999_999,
    ]);
    const others = ['pr-0', 'pr-07', 'pr-', 'pr-7x', 'xpr-7', 'PR-7', 'pr-10000000000', 'pr-1e3', 'previews', '7'];
    expect(others.map(previewNumber)).toEqual(others.map(() => undefined));
  });

  test('has the variables of all previews, never those of another environment [D2][B17]', () => {
    expect(['pr-7', 'pr-8', 'previews', 'production', 'pr-x'].map(variablesEnvironment)).toEqual([
      'previews',
      'previews',
      'previews',
      'production',
      'pr-x',
    ]);
  });
});

test('the rules of previews have their defaults [D4][F6]', () => {
  expect(previewRules(read(file()))).toEqual({
    services: ['web', 'api'],
    ttlMs: 30 * 60_000,
    extendMaxMs: 24 * 3_600_000,
    automatic: { labels: [], authors: [] },
    limits: { repository: 5, person: 2 },
    forks: 'ask',
  });
  const more = `  ttl: 2h
  extendMax: 3d
  automatic: { labels: [preview, "needs: review"], authors: [octocat, 'renovate[bot]'] }
  limits: { repository: 50 }
  forks: refuse
`;
  expect(previewRules(read(file(more)))).toMatchObject({
    ttlMs: 2 * 3_600_000,
    extendMaxMs: 3 * 86_400_000,
    automatic: { labels: ['preview', 'needs: review'], authors: ['octocat', 'renovate[bot]'] },
    limits: { repository: 50, person: 2 },
    forks: 'refuse',
  });
  expect(previewRules(read('version: 1\nservices: { web: {} }\n'))).toBeUndefined();
});

test.each([
  ['preview.example.com', /write \{number\} into it/],
  ['{branch}.example.com', /the only placeholder/],
  ['pr-{number.example.com', /the only placeholder/],
  ['pr-{number}}.example.com', /the only placeholder/],
  ['https://pr-{number}.example.com', /write the name alone/],
  ['PR-{number}.example.com', /write it as pr-\{number\}\.example\.com/],
  ['pr-{number}.example.com:8080', /without a port/],
  ['*.{number}.example.com', /no wildcards/],
  ['{number}', /an address is no name/],
  [`${'a'.repeat(54)}{number}.example.com`, /63 between two dots/],
  [`{number}.${'a.'.repeat(121)}com`, /253 characters at most/],
])('the name %s is refused with what to write [D2][F6]', (host, words) => {
  const text = file().replace('pr-{number}.preview.example.com', host);
  expect(readLandfallYaml(text)).toMatchObject({
    ok: false,
    problems: [
      {
        line: 8,
        path: 'previews.target.podman.publish.web.hosts.0',
        message: expect.stringMatching(words),
      },
    ],
  });
});

test('a port is refused with what to write in its place [D2][F6]', () => {
  const text = file().replace("{ hosts: ['pr-{number}.preview.example.com'] }", '20080');
  expect(readLandfallYaml(text)).toMatchObject({
    problems: [{ line: 8, message: expect.stringMatching(/by names, not by a port/) }],
  });
});

test('a service by its other name is the same in previews [B4]', () => {
  const names = [{ name: 'frontend', project: 'shop', service: 'web' }];
  const renamed = readLandfallYaml(
    `project: shop\n${file('', '{ frontend: {}, api: {}, worker: {} }').replace('        web:', '        frontend:')}`,
    { names },
  );
  expect(renamed.ok && previewRules(renamed.value)?.services).toEqual(['web', 'api']);
  const twice = readLandfallYaml(
    `project: shop\n${file("        frontend: { hosts: ['f-{number}.example.com'] }\n")}`,
    { names },
  );
  expect(twice).toMatchObject({ problems: [{ path: 'previews.target.podman.publish.frontend' }] });
});

test("a host that is not served, and another project's preview under one of the names, are warned of [D2][F6]", () => {
  const found = readLandfallYaml(file());
  if (!found.ok) throw new Error('refused');
  const places = found.mentions.flatMap((one) => (one.kind === 'place' ? [one.place] : []));
  expect(places.map(({ name }) => name)).toEqual(['alpha', 'beta']);
  const [alpha = { name: '', queue: '' }, beta = { name: '', queue: '' }] = places;
  const taken = (host: string, path = '/') => ({ place: alpha, route: { host, path }, by: 'blog.web.pr-12' });
  const warnings = (host: string, path?: string) =>
    outsideWarnings(found.mentions, { unservedQueues: [beta.queue], takenRoutes: [taken(host, path)] });
  expect(warnings('pr-12.preview.example.com')).toMatchObject([
    { line: 6, message: expect.stringContaining('beta') },
    { line: 8, message: expect.stringMatching(/^pr-12\.preview\.example\.com at alpha is that of blog\.web\.pr-12/) },
  ]);
  for (const [host, path] of [
    ['pr-x.preview.example.com', '/'],
    ['pr-12.preview.example.com', '/other'],
    ['pr-12xpreview.example.com', '/'],
  ] as const) {
    expect(warnings(host, path)).toHaveLength(1);
  }
});
