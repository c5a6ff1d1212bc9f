import { expect, test } from '@jest/globals';
import { readLandfallYaml } from '../../../contracts/config/landfall-yaml.ts';

const file = (protection: string, podman = '{ hosts: [one, two], publish: { web: 20080 } }') => `version: 1
services: { web: {}, api: {} }
environments:
  production:
    ${protection}
    target: { podman: ${podman} }
  staging:
    target: { podman: { hosts: [two], publish: { api: 20081 } } }
`;

const problems = (text: string) => {
  const read = readLandfallYaml(text);
  return read.ok ? [] : read.problems.map(({ line, path, message }) => [line, path, message]);
};

test.each([
  ['ci: CI', 'ci', /path of a workflow, such as \.github/],
  ['ci: ci.yml', 'ci', /path of a workflow/],
  ['ci: .github/workflows/ci.txt', 'ci', /path of a workflow/],
  ['approval: { from: { users: [ann, bob] }, count: 3 }', 'approval.count', /3 people have to approve, and only 2 may/],
  ['approval: { from: { users: [ann, Ann] }, count: 2 }', 'approval.count', /only 1 may/],
  [
    'approval: { from: { users: [ann] }, count: 3, escalate: { after: 1h, to: { users: [bob] } } }',
    'approval.count',
    /only 2 may/,
  ],
  ['approval: { remind: 2h, escalate: { after: 1h, to: { users: [bob] } } }', 'approval.remind', /before "escalate"/],
  ['approval: { remind: 2d, expire: 1d }', 'approval.remind', /after "expire"/],
  ['freeze: [{ days: [sun, mon, tue, wed, thu, fri, sat], from: "00:00", to: "24:00" }]', 'freeze.0', /never ends/],
  ['freeze: [{ days: [sun, mon, tue, wed, thu, fri, sat], from: "09:00", to: "09:00" }]', 'freeze.0', /never ends/],
])('%s can never come true, and is refused there [F6]', (protection, path, words) => {
  expect(problems(file(protection))).toEqual([[5, `environments.production.${path}`, expect.stringMatching(words)]]);
});

test.each([
  [
    'a host twice',
    '{ hosts: [one, one], publish: { web: 20080 } }',
    6,
    'production.target.podman.hosts.1',
    /named twice/,
  ],
  [
    'one port for two services',
    '{ hosts: [one], publish: { web: 20080, api: 20080 } }',
    6,
    'production.target.podman.publish.api',
    /web in production/,
  ],
  [
    'one port in two environments',
    '{ hosts: [one, two], publish: { web: 20081 } }',
    8,
    'staging.target.podman.publish.api',
    /port 20081 of two/,
  ],
])('%s is refused where it stands again [F6]', (_name, podman, line, path, words) => {
  expect(problems(file('production: true', podman))).toEqual([
    [line, `environments.${path}`, expect.stringMatching(words)],
  ]);
});

test('a first wait beyond the longest one is refused [F6]', () => {
  const text = 'version: 1\nservices:\n  web: { health: { firstWait: 10s, maxWait: 5s } }\n';
  expect(problems(text)).toEqual([[3, 'services.web.health.firstWait', expect.stringMatching(/maxWait/)]]);
});

test.each([
  'ci: .github/workflows/ci.yml',
  'ci: .github/workflows/deploy-all.yaml',
  'ci: dynamic/github-code-scanning/codeql',
  'approval: { from: { users: [ann, bob] }, count: 2 }',
  'approval: { from: { users: [ann], teams: [acme/leads] }, count: 3 }',
  'approval: { count: 10 }',
  'freeze: [{ days: [sun, mon, tue, wed, thu, fri, sat], from: "00:00", to: "23:00" }]',
])('%s may come true [F6]', (protection) => {
  expect(problems(file(protection))).toEqual([]);
});

test('the same port on other hosts is no conflict [F6]', () => {
  expect(problems(file('production: true', '{ hosts: [one], publish: { web: 20081 } }'))).toEqual([]);
});

test('a service and an environment called constructor are names like any other [B4]', () => {
  const text =
    'version: 1\nservices: { constructor: {} }\nenvironments:\n  constructor: { target: { podman: { hosts: [constructor], publish: { constructor: 20080 } } } }\n';
  expect(problems(text)).toEqual([]);
  expect(problems('version: 1\nservices: { __proto__: {} }\n')).toEqual([[2, '', expect.stringMatching(/__proto__/)]]);
});
