import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  deploymentName,
  fenceName,
  pullSecretName,
  releaseJobName,
  secretsName,
  clusterServiceName,
  variablesName,
} from '../../../../activities/targets/kubernetes/names.ts';
import {
  MANAGER,
  generationIn,
  labelsOf,
  objectSelector,
  servingLabels,
} from '../../../../activities/targets/kubernetes/labels.ts';

const KEY = { project: 'shop', service: 'web', environment: 'production' };
const RUN = { key: KEY, deploymentId: 'shop.web.production.42', commit: 'ab'.repeat(20), generation: 7 };
const REVISION = { revision: 3, fingerprint: '0a1b2c3d' };
/** RFC 1035, "Preferred name syntax", in lower case. */
const DNS = /^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** Kubernetes' "Labels and Selectors". */
const LABEL_VALUE = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/;

const name = fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/);
const key = fc.record({ project: name, service: name, environment: name });

const namesOf = (run: Omit<typeof RUN, 'generation'> & { generation: number }, revision = REVISION) => [
  clusterServiceName(run.key),
  deploymentName({ ...run, strategy: 'rolling' }),
  deploymentName({ ...run, strategy: 'blue-green' }),
  fenceName(run.key),
  variablesName(run.key, revision),
  secretsName(run.key, revision),
  releaseJobName(run, 1),
];

test('people know them by sight', () => {
  expect(namesOf(RUN)).toEqual([
    'web',
    'web',
    'web-7',
    'web-landfall',
    'web-vars-3-0a1b2c3d',
    'web-secrets-3-0a1b2c3d',
    'web-release-d94f9532d428ecad',
  ]);
  expect(pullSecretName('landfall')).toBe('landfall-pull');
});

test('whatever a service is called, they are names in DNS of 63 characters at most', () => {
  const anyRevision = fc.record({ revision: fc.nat(), fingerprint: fc.stringMatching(/^[0-9a-f]{8}$/) });
  fc.assert(
    fc.property(key, fc.nat({ max: Number.MAX_SAFE_INTEGER }), anyRevision, (at, generation, revision) => {
      for (const one of namesOf({ ...RUN, key: at, generation }, revision)) expect(one).toMatch(DNS);
      for (const value of Object.values({ ...labelsOf(at.project, at), ...servingLabels(at) })) {
        expect(value).toMatch(LABEL_VALUE);
      }
    }),
  );
});

test('services that differ at their end only have names of their own', () => {
  const long = 'a'.repeat(39);
  const namesAt = (service: string) => namesOf({ ...RUN, key: { ...KEY, service }, generation: 1_796_020_741_123 });
  const all = [...namesAt(`${long}1`), ...namesAt(`${long}2`)];
  expect(new Set(all).size).toBe(2 * new Set(namesAt(`${long}1`)).size);
});

test('a service that begins with a digit gets a letter, and is no other service', () => {
  expect(clusterServiceName({ service: '1web' })).toMatch(/^s-1web-[0-9a-f]{8}$/);
  expect(clusterServiceName({ service: '1web' })).not.toBe(clusterServiceName({ service: 's-1web' }));
});

describe('the Job of a release command', () => {
  const first = releaseJobName(RUN, 1);
  const later = { ...RUN, generation: 8 };
  test('is the same one for every generation, so that it is begun once [B19][F1]', () => {
    expect(releaseJobName(later, 1)).toBe(first);
  });
  test.each([
    ['run', releaseJobName(RUN, 2)],
    ['deployment', releaseJobName({ ...RUN, deploymentId: 'shop.web.production.43' }, 1)],
    ['commit, where a number was given twice', releaseJobName({ ...RUN, commit: 'cd'.repeat(20) }, 1)],
  ])('is another one for another %s [B19]', (_, other) => expect(other).not.toBe(first));
});

test('the label that all tools know says that Landfall manages it', () => {
  expect(labelsOf('acme', KEY)['app.kubernetes.io/managed-by']).toBe(MANAGER);
});

test('a list names the installation and the environment, whose own id may be too long for a label', () => {
  expect(objectSelector('landfall', KEY)).toMatch(/^landfall\.dev\/owner=landfall,landfall\.dev\/id=[0-9a-f]{16}$/);
  expect(objectSelector('landfall', KEY, 'variables')).toMatch(/,app\.kubernetes\.io\/component=variables$/);
  expect(objectSelector('landfall', KEY)).not.toBe(objectSelector('landfall', { ...KEY, environment: 'staging' }));
});

test.each([
  ['a label of ours', { 'landfall.dev/generation': '7' }, 7],
  ['none', {}, undefined],
  ['no object', undefined, undefined],
  ['no number', { 'landfall.dev/generation': 'seven' }, undefined],
  ['a negative one', { 'landfall.dev/generation': '-7' }, undefined],
  ['one that JavaScript cannot count to', { 'landfall.dev/generation': '9'.repeat(16) }, undefined],
])('a generation is read from %s', (_, labels, expected) => expect(generationIn(labels)).toBe(expected));
