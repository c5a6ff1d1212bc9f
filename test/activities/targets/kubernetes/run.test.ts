import { describe, expect, test } from '@jest/globals';
import {
  annotationsOf,
  capturedOf,
  kubernetesRunOf,
  readRun,
  runOf,
} from '../../../../activities/targets/kubernetes/run.ts';
import { kubernetesRequest, kubernetesSettings } from '../../../support/targets/kubernetes.ts';

const EVERYTHING = kubernetesRequest({
  run: {
    port: 3000,
    command: ['serve', '--fast'],
    entrypoint: ['/bin/web'],
    env: { MODE: 'live' },
    stopTimeoutMs: 2_500,
    memoryBytes: 64_000_000,
    privileges: { add: [], drop: ['MKNOD'], setuid: false },
  },
  settings: {
    strategy: 'blue-green',
    autoscale: { max: 10, cpuPercent: 70 },
    routes: [{ host: 'shop.example.com', path: '/' }],
    ingress: { class: 'nginx', tls: 'shop-tls', annotations: { 'example.com/a': 'b' } },
    resources: { requests: { cpu: '100m' }, limits: { memory: '256Mi' } },
    available: 1,
    readOnlyRoot: true,
    runAsUser: 10_001,
    serviceAccount: 'web',
    pullSecrets: ['regcred'],
  },
});
const VARIABLES = { revision: 3, fingerprint: '0a1b2c3d', secrets: ['TOKEN'] };

test('its annotations say everything that bringing it back needs [D1][E4]', () => {
  const written = { ...runOf(EVERYTHING), variables: VARIABLES };
  const { key, ...expected } = written;

  expect(readRun(annotationsOf(written))).toEqual(expected);
  expect(annotationsOf(written)).toMatchObject({
    'landfall.dev/environment': 'shop.web.production',
    'landfall.dev/deployment': 'shop.web.production.42',
  });
  expect(key).toEqual(EVERYTHING.key);
});

test('it travels as any captured run does, and comes back the same [D1][E4]', () => {
  const { key, ...run } = { ...runOf(EVERYTHING), variables: VARIABLES };
  const captured = capturedOf(run);

  expect(captured.kindSettings).toEqual(EVERYTHING.kindSettings);
  expect(kubernetesRunOf(captured, key)).toEqual({ ...run, key });
});

test('what is captured has only what all kinds of target know, and its own settings', () => {
  expect(Object.keys(capturedOf({ ...runOf(EVERYTHING), variables: VARIABLES })).sort()).toEqual(
    ['commit', 'deploymentId', 'digest', 'generation', 'health', 'image', 'kindSettings', 'run', 'variables'].sort(),
  );
});

test('the namespace is that of project and environment, unless one is named', () => {
  const { namespace: _, ...settings } = kubernetesSettings();
  expect(runOf(kubernetesRequest({ kindSettings: settings })).namespace).toBe('shop-production');
  expect(runOf(kubernetesRequest({ settings: { namespace: 'other' } })).namespace).toBe('other');
});

test.each([
  ['an image that is named by a tag', { image: 'registry.test/shop/web:latest' }, /names no digest/],
  [
    'more variables in landfall.yaml than an annotation holds',
    { run: { ...EVERYTHING.run, env: { BIG: 'x'.repeat(30_000), WIDE: '\u0001'.repeat(30_000) } } },
    /run\.env and run\.command of web take \d+ bytes, and 204800 are .* Set what is large as variables/,
  ],
])('%s is refused', (_, changes, message) => {
  expect(() => runOf(kubernetesRequest(changes))).toThrow(message);
});

describe('annotations that are not ours to understand', () => {
  const ours = annotationsOf(runOf(EVERYTHING))['landfall.dev/run'] ?? '';
  const { generation: _, ...older } = JSON.parse(ours) as Record<string, unknown>;
  test.each([
    ['none', undefined],
    ['of others', { 'example.com/a': 'b' }],
    ['no JSON', { 'landfall.dev/run': '{' }],
    ['of another form', { 'landfall.dev/run': '{"image":1}' }],
    ['without a generation', { 'landfall.dev/run': JSON.stringify(older) }],
    ['with an image by tag', { 'landfall.dev/run': ours.replace(/"digest":"[^"]*"/, '"digest":"latest"') }],
  ])('%s', (__, annotations) => expect(readRun(annotations)).toBeUndefined());
});
