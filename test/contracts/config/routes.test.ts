import { expect, test } from '@jest/globals';
import { landfallYamlJsonSchema } from '../../../contracts/config/landfall-schema.ts';
import { readLandfallYaml } from '../../../contracts/config/landfall-yaml.ts';
import { environmentSettings } from '../../../contracts/config/settings.ts';

const file = (publish: string, more = '') => `version: 1
services: { web: {}, api: {} }
environments:
  production:
    target: { podman: { hosts: [one, two], publish: ${publish} } }
${more}`;

const problems = (text: string) => {
  const read = readLandfallYaml(text);
  return read.ok ? [] : read.problems.map(({ line, path, message }) => [line, path, message]);
};

test('names and paths become routes, each name with each path; a bare port stays one [B18]', () => {
  const read = readLandfallYaml(
    file(
      '{ web: 20080, api: { hosts: [shop.example.com, www.shop.example.com], paths: [/api/, /hooks], port: 20081 } }',
    ),
  );
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  const routes = ['shop.example.com', 'www.shop.example.com'].flatMap((host) =>
    ['/api', '/hooks'].map((path) => ({ host, path })),
  );
  expect(environmentSettings(read.value, 'production', 'api')?.target).toMatchObject({
    ports: [20_081],
    routes,
    kindSettings: { kind: 'podman', strategy: 'blue-green', publishPort: 20_081, routes },
  });
  expect(environmentSettings(read.value, 'production', 'web')?.target).toEqual(
    expect.objectContaining({
      ports: [20_080],
      kindSettings: { kind: 'podman', strategy: 'blue-green', publishPort: 20_080 },
    }),
  );
  const whole = readLandfallYaml(file('{ web: { hosts: [shop.example.com] } }'));
  expect(whole.ok && environmentSettings(whole.value, 'production', 'web')?.target).toMatchObject({
    ports: [],
    kindSettings: { routes: [{ host: 'shop.example.com', path: '/' }] },
  });
});

test.each([
  ['https://shop.example.com', /write the name alone/],
  ['"*.example.com"', /no wildcards: write each name/],
  ['shop.example.com/api', /paths are below "paths"/],
  ['192.168.0.1', /an address is no name/],
  ['"[::1]"', /an address is no name/],
  ['"2001:db8::1"', /an address is no name/],
  ['shop.example.com:8080', /without a port/],
  ['Shop.Example.com', /write it as shop\.example\.com/],
  ['shop.example.com.', /write it as shop\.example\.com/],
  ['bücher.example', /its ASCII form, xn--bcher-kva\.example/],
  ['BÜCHER.example', /its ASCII form, xn--bcher-kva\.example/],
  ['localhost', /a whole name/],
  ['-shop.example.com', /a whole name/],
  ['shop_1.example.com', /a whole name/],
  ['"shop .example.com"', /a whole name/],
  ['"shop.example.com\\n  bind :22"', /a whole name|without a port/],
  [`${'a'.repeat(64)}.example.com`, /a whole name/],
  [`${'a.'.repeat(130)}com`, /a whole name/],
])('the name %s is refused with what to write [F6]', (host, words) => {
  expect(problems(file(`{ web: { hosts: [${host}] } }`))).toEqual([
    [5, 'environments.production.target.podman.publish.web.hosts.0', expect.stringMatching(words)],
  ]);
});

test.each([
  ['api', /begin it with a slash/],
  ['/api?x=1', /without \? or #/],
  ['"/api/*"', /no wildcards/],
  ['/%61pi', /percent signs/],
  ['/api//x', /single slashes/],
  ['/api/../x', /single slashes/],
  ['"/a b"', /single slashes/],
  ['/über', /single slashes/],
  [`/${'a'.repeat(300)}`, /200 characters at most/],
  ['/.well-known/acme-challenge', /the proxy itself answers/],
  ['/.well-known/acme-challenge/x/', /the proxy itself answers/],
])('the path %s is refused with what to write [F6]', (path, words) => {
  expect(problems(file(`{ web: { hosts: [shop.example.com], paths: [${path}] } }`))).toEqual([
    [5, 'environments.production.target.podman.publish.web.paths.0', expect.stringMatching(words)],
  ]);
});

test.each([
  [
    '{ web: { hosts: [a.example.com] }, api: { hosts: [a.example.com] } }',
    'api.hosts.0',
    /a\.example\.com at one is that of web in production/,
  ],
  [
    '{ web: { hosts: [a.example.com], paths: [/x] }, api: { hosts: [b.example.com, a.example.com], paths: [/x/] } }',
    'api.hosts.1',
    /a\.example\.com\/x at one is that of web/,
  ],
  ['{ web: { hosts: [a.example.com, a.example.com] } }', 'web.hosts.1', /that of web in production/],
  ['{ web: { hosts: [] } }', 'web.hosts', /./],
  ['{ web: { paths: [/x] } }', 'web.hosts', /required|missing/],
  ['{ web: { hosts: [a.example.com], port: 0 } }', 'web.port', /./],
  ['{ web: x.example.com }', 'web', /use a (?:number|whole number) or/],
])('%s is refused where it stands [F6]', (publish, path, words) => {
  expect(problems(file(publish))[0]).toEqual([
    5,
    `environments.production.target.podman.publish.${path}`,
    expect.stringMatching(words),
  ]);
});

test('a name has one service at each host, in all environments of the file, and may have another at another host [F6]', () => {
  const staging = (host: string) =>
    `  staging:\n    target: { podman: { hosts: [${host}], publish: { web: { hosts: [a.example.com] } } } }\n`;
  expect(problems(file('{ web: { hosts: [a.example.com] } }', staging('two')))).toEqual([
    [
      7,
      'environments.staging.target.podman.publish.web.hosts.0',
      expect.stringMatching(/a\.example\.com at two is that of web in production/),
    ],
  ]);
  expect(problems(file('{ web: { hosts: [a.example.com] } }', staging('three')))).toEqual([]);
  // One service has what is below another one's path.
  expect(problems(file('{ web: { hosts: [a.example.com] }, api: { hosts: [a.example.com], paths: [/api] } }'))).toEqual(
    [],
  );
});

test('the published schema knows both forms [G1]', () => {
  const text = JSON.stringify(landfallYamlJsonSchema());
  expect(text).toContain('The names, such as shop.example.com.');
});
