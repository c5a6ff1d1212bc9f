/** A file that says other names of what its repository has means the same as one that says those under which it is kept. */
import { describe, expect, test } from '@jest/globals';
import { readLandfallYaml } from '../../../contracts/config/landfall-yaml.ts';
import type { OtherName } from '../../../contracts/config/other-names.ts';

const NAMES: readonly OtherName[] = [
  { name: 'store', project: 'shop', service: null },
  { name: 'frontend', project: 'shop', service: 'web' },
  { name: 'shopfront', project: 'shop', service: 'web' },
];
const read = (text: string) => readLandfallYaml(text, { names: NAMES });

/** A service of its own name beside the one that moved, and a warning for each kind of place. */
const file = (project: string, service: string, staging: string, production: string) => `version: 1
project: ${project}
services:
  ${service}: { root: web, run: { memory: 1mb }, paths: [a, '!a'] }
  api: {}
environments:
  staging: { target: { podman: { hosts: [one], publish: { ${staging}: 20080, nothing: 20081 } } } }
  production: { branch: origin/main, target: { podman: { hosts: [one], publish: { ${production}: 30080 } } } }
`;
const PROJECTS = ['shop', 'store'];
const SERVICES = ['web', 'frontend', 'shopfront'];
const MIXED = PROJECTS.flatMap((project) =>
  SERVICES.flatMap((service) =>
    SERVICES.flatMap((staging) =>
      SERVICES.map((production): readonly [string, string, string, string] => [project, service, staging, production]),
    ),
  ),
);

test.each(MIXED)('%s with %s in services, %s and %s in publish [B4][F6]', (...said) => {
  const kept = readLandfallYaml(file('shop', 'web', 'web', 'web'));
  const found = read(file(...said));
  if (!found.ok || !kept.ok) throw new Error('refused');
  expect(found.value).toEqual(kept.value);
  const [, service, staging, production] = said;
  const publish = (environment: string) => `environments.${environment}.target.podman.publish`;
  // Every warning stands where the file has it.
  expect(found.warnings.map(({ line, path }) => [line, path])).toEqual([
    [4, `services.${service}.paths.0`],
    [4, `services.${service}.run.memory`],
    [5, 'services.api'],
    [7, `${publish('staging')}.nothing`],
    [8, 'environments.production.branch'],
  ]);
  expect(found.warnings.map(({ message }) => message)).toEqual(kept.warnings.map(({ message }) => message));
  expect(found.mentions.map(({ kind, line, path }) => [kind, line, path])).toEqual([
    ['file', 4, `services.${service}.root`],
    ['place', 7, 'environments.staging.target.podman.hosts.0'],
    ['port', 7, `${publish('staging')}.${staging}`],
    ['port', 7, `${publish('staging')}.nothing`],
    ['place', 8, 'environments.production.target.podman.hosts.0'],
    ['port', 8, `${publish('production')}.${production}`],
  ]);
});

describe('one service under two of its names is refused at the place', () => {
  const publishing = (publish: string) =>
    `version: 1\nproject: store\nservices:\n  frontend: {}\nenvironments:\n  e: { target: { podman: { hosts: [one], publish: { ${publish} } } } }\n`;
  const serving = (...services: string[]) =>
    `version: 1\nservices:\n${services.map((service) => `  ${service}: {}\n`).join('')}`;

  test.each([
    [
      'in services',
      serving('web', 'frontend'),
      4,
      'services.frontend',
      /frontend is what was called web before, and web/,
    ],
    ['in services, the other one first', serving('frontend', 'web'), 3, 'services.frontend', /and web stands/],
    ['in services, both of them new', serving('frontend', 'api', 'shopfront'), 5, 'services.shopfront', /and frontend/],
    [
      'in publish',
      publishing('web: 20080, frontend: 20081'),
      6,
      'environments.e.target.podman.publish.frontend',
      /remove/,
    ],
    [
      'in publish, both new',
      publishing('frontend: 1, shopfront: 2'),
      6,
      'environments.e.target.podman.publish.shopfront',
      /remove/,
    ],
  ])('%s [B4][F6]', (_where, text, line, path, message) => {
    expect(read(text)).toMatchObject({
      ok: false,
      problems: [{ line, path, message: expect.stringMatching(message) }],
    });
  });

  test('and in another project those are two names [B4]', () => {
    expect(read(publishing('web: 1, frontend: 2').replace('store', 'tools'))).toMatchObject({
      ok: true,
      value: { environments: { e: { target: { podman: { publish: { web: 1, frontend: 2 } } } } } },
    });
  });
});
