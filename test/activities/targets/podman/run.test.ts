import { podmanSettings } from '../../../support/targets/podman.ts';
import { describe, expect, test } from '@jest/globals';
import { containerSpec, readRun, runOf, secretName } from '../../../../activities/targets/podman/container-spec.ts';
import { Secret } from '../../../../contracts/core/secret.ts';
import type { TargetRequest } from '../../../../contracts/deployment/target.ts';

const DIGEST = `sha256:${'ab'.repeat(32)}`;
const REQUEST: TargetRequest = {
  key: { project: 'shop', service: 'web', environment: 'production' },
  deploymentId: 'shop.web.production.42',
  generation: 7,
  image: `127.0.0.1:5000/shop/web@${DIGEST}`,
  commit: '0123456789abcdef0123456789abcdef01234567',
  run: { port: 3000, env: { MODE: 'live' }, stopTimeoutMs: 2_500 },
  health: {
    kind: 'http',
    path: '/health',
    status: 200,
    timeoutMs: 5_000,
    attempts: 15,
    firstWaitMs: 1_000,
    maxWaitMs: 60_000,
  },
  kindSettings: podmanSettings({ strategy: 'recreate' }),
};

describe('what Podman is asked to create', () => {
  test('recreate: the container publishes the port itself', () => {
    const { labels, ...spec } = containerSpec(runOf(REQUEST), '10.0.0.7', null);

    expect(spec).toEqual({
      name: 'landfall.shop.web.production.42.7',
      image: REQUEST.image,
      env: { PORT: '3000', MODE: 'live' },
      portmappings: [{ container_port: 3000, host_ip: '10.0.0.7', host_port: 20080, protocol: 'tcp' }],
      restart_policy: 'unless-stopped',
      stop_timeout: 3,
    });
    expect(labels).toMatchObject({
      'landfall.key': 'shop.web.production',
      'landfall.deployment': 'shop.web.production.42',
      'landfall.generation': '7',
      'landfall.commit': REQUEST.commit,
    });
  });

  test('blue-green: any free port of the loopback address, for the proxy', () => {
    const spec = containerSpec(runOf({ ...REQUEST, kindSettings: podmanSettings() }), '10.0.0.7', null);

    expect(spec.portmappings).toEqual([{ container_port: 3000, host_ip: '127.0.0.1', host_port: 0, protocol: 'tcp' }]);
    expect(spec.restart_policy).toBe('always');
  });

  test("command, memory and the service's own PORT are passed on", () => {
    const run = { ...REQUEST.run, command: ['serve', '--fast'], env: { PORT: '81' }, memoryBytes: 64_000_000 };

    expect(containerSpec(runOf({ ...REQUEST, run }), '127.0.0.1', null)).toMatchObject({
      command: ['serve', '--fast'],
      env: { PORT: '81' },
      resource_limits: { memory: { limit: 64_000_000 } },
    });
  });

  test("an entrypoint of its own takes the place of the image's", () => {
    const run = { ...REQUEST.run, entrypoint: ['/bin/web'], command: ['--fast'] };
    const spec = containerSpec(runOf({ ...REQUEST, run }), '127.0.0.1', null);

    expect(spec).toMatchObject({ entrypoint: ['/bin/web'], command: ['--fast'] });
    expect(readRun(spec)?.run.entrypoint).toEqual(['/bin/web']);
  });

  test('rights are given and taken by name; what ran before Landfall knew them keeps what it had [F3]', () => {
    const privileges = { add: ['IPC_LOCK'], drop: ['MKNOD', 'NET_RAW'], setuid: false };

    const given = containerSpec(runOf({ ...REQUEST, run: { ...REQUEST.run, privileges } }), '127.0.0.1', null);
    const before = containerSpec(runOf(REQUEST), '127.0.0.1', null);

    expect(given).toMatchObject({
      cap_add: ['CAP_IPC_LOCK'],
      cap_drop: ['CAP_MKNOD', 'CAP_NET_RAW'],
      no_new_privileges: true,
    });
    expect(readRun(given)?.run.privileges).toEqual(privileges);
    expect(Object.keys(before)).not.toContain('cap_drop');
  });

  test('variables go before landfall.yaml, and a secret is named and given by the engine only [B17]', () => {
    const run = { ...REQUEST.run, env: { MODE: 'live', LEVEL: 'info', TOKEN: 'of the file' } };
    const variables = { revision: 3, fingerprint: '0a1b2c3d', secrets: ['TOKEN'] };
    const values = { ...variables, variables: { LEVEL: 'debug' }, secrets: { TOKEN: new Secret('never seen') } };

    const spec = containerSpec({ ...runOf({ ...REQUEST, run }), variables }, '127.0.0.1', values);

    expect(spec.env).toEqual({ PORT: '3000', MODE: 'live', LEVEL: 'debug' });
    expect(spec.secret_env).toEqual({ TOKEN: 'landfall.shop.web.production.r3-0a1b2c3d.TOKEN' });
    expect(JSON.stringify(spec)).not.toContain('never seen');
    expect(readRun(spec)?.variables).toEqual(variables);
  });

  test('the longest names make a name that Podman takes: 253 characters at most [B17]', () => {
    const forty = 'a'.repeat(40);
    const key = { project: forty, service: forty, environment: forty };
    const variables = { revision: 9_999_999, fingerprint: '0a1b2c3d', secrets: [] };

    expect(secretName({ key, variables }, 'N'.repeat(100)).length).toBeLessThanOrEqual(253);
  });

  test('an image that is named by a tag is refused', () => {
    expect(() => runOf({ ...REQUEST, image: '127.0.0.1:5000/shop/web:latest' })).toThrow(/names no digest/);
  });
});

describe('what the labels say', () => {
  test('is everything that bringing it back needs', () => {
    const run = { ...REQUEST.run, command: ['serve'], memoryBytes: 64_000_000 };
    const written = runOf({ ...REQUEST, run });

    const read = readRun(containerSpec(written, '127.0.0.1', null));

    const { key, ...expected } = written;
    expect(key).toEqual(REQUEST.key);
    expect(read).toEqual(expected);
  });

  test.each([
    ['nothing', {}],
    ['no JSON', { 'landfall.generation': '7', 'landfall.spec': '{' }],
    ['another shape', { 'landfall.generation': '7', 'landfall.spec': '{"image":1}' }],
    ['no generation', { ...containerSpec(runOf(REQUEST), '127.0.0.1', null).labels, 'landfall.generation': 'seven' }],
  ])('%s: not ours to understand', (_, labels) => {
    expect(readRun({ labels })).toBeUndefined();
  });
});
