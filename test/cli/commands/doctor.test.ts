import { afterEach, describe, expect, test } from '@jest/globals';
import { chmodSync, chownSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { once } from 'node:events';
import { z } from 'zod';
import type { Readiness } from '../../../contracts/http/api.ts';
import { landfall } from '../support/run.ts';
import { tempDir } from '../../support/tmp.ts';
import type { TestServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';

const Answer = z.object({
  ok: z.boolean(),
  findings: z.array(z.object({ name: z.string(), state: z.string(), detail: z.string(), todo: z.string().optional() })),
});

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** Podman's `_ping`, over a socket as Podman offers it. */
async function podmanSocket(): Promise<string> {
  const socket = join(tempDir(), 'podman.sock');
  const server = createServer((req, res) => res.writeHead(req.url === '/_ping' ? 200 : 404).end('OK'));
  await once(server.listen(socket), 'listening');
  stops.push(() => once(server.close(), 'close'));
  return socket;
}

async function api(readiness: Readiness, installations: readonly object[] = []): Promise<TestServer> {
  const server = await startServer((app) =>
    app
      .get('/readyz', (c) => c.json(readiness, readiness.ready ? 200 : 503))
      .get('/api/installations', (c) => c.json(installations)),
  );
  stops.push(() => server.stop());
  return server;
}

const examine = async (env: Readonly<Record<string, string>>, socket: string) => {
  const { code, stdout } = await landfall(['doctor', '--json', '--podman-socket', socket], { env });
  const { ok, findings } = Answer.parse(JSON.parse(stdout));
  return { code, ok, of: (name: string) => findings.find((finding) => finding.name === name) };
};

test('says that all is well when Podman answers and Landfall is ready [F5][F6]', async () => {
  const server = await api({ ready: true, checks: { store: { ok: true, detail: 'answers' } } });
  const { code, ok, of } = await examine(server.env, await podmanSocket());
  expect({ code, ok }).toEqual({ code: 0, ok: true });
  for (const name of ['Node', 'temporal', 'registry', 'podman', 'git', 'Podman API', 'disk', 'Landfall']) {
    expect(of(name)).toMatchObject({ name, state: 'ok' });
  }
});

const READY: Readiness = { ready: true, checks: {} };
const ALL = {
  contents: 'read',
  deployments: 'write',
  checks: 'write',
  pull_requests: 'write',
  issues: 'write',
  actions: 'read',
};
const installation = (account: string, more: object = {}) => ({
  ...{ id: '7', account, state: 'active', permissions: ALL, everyRepository: false, repositories: 2 },
  ...{ readAt: '2026-01-02T12:00:00.000Z', ...more },
});

test.each([
  [
    'where the App is installed',
    [
      installation('acme'),
      installation('globex', { everyRepository: true }),
      installation('gone', { state: 'deleted' }),
    ],
    'ok',
    /^installed at acme \(2 repositories\), globex \(every repository\)$/,
  ],
  [
    'that it is installed nowhere',
    [installation('gone', { state: 'deleted' })],
    'optional',
    /^no installation of the GitHub App is known/,
  ],
  ['which is suspended', [installation('acme', { state: 'suspended' })], 'optional', /^acme is suspended/],
  [
    'which permission is missing, and what for',
    [installation('acme', { permissions: { ...ALL, pull_requests: 'read' } })],
    'optional',
    /^acme does not grant pull_requests: write, without which commands on pull requests/,
  ],
  [
    'nothing of permissions that nobody knows',
    [installation('acme', { permissions: null })],
    'ok',
    /^installed at acme/,
  ],
])('says %s [A5][F6]', async (_what, installations, state, detail) => {
  const server = await api(READY, installations);
  const { code, of } = await examine(server.env, await podmanSocket());
  expect(code).toBe(0);
  expect(of('GitHub App')).toMatchObject({ state, detail: expect.stringMatching(detail) });
});

test('a Podman that does not answer is missing, with how to start it, and the exit code is 1 [F6]', async () => {
  const { code, of } = await examine({}, '/nowhere/podman.sock');
  expect(code).toBe(1);
  expect(of('Podman API')).toMatchObject({ state: 'missing', todo: expect.stringContaining('podman.socket') });
  expect(of('Landfall')).toMatchObject({ state: 'optional', detail: 'there is neither address nor access token' });
});

test('a Landfall that is not ready says which part, and a Temporal that is given is tried [F6]', async () => {
  const server = await api({ ready: false, checks: { temporal: { ok: false, detail: 'does not answer' } } });
  const { port } = new URL(server.url);
  const env = { ...server.env, TEMPORAL_ADDRESS: `127.0.0.1:${port}`, LANDFALL_REGISTRY: '127.0.0.1:1' };
  const { of } = await examine(env, await podmanSocket());
  expect(of('Landfall')?.detail).toBe('it is not ready: temporal: does not answer');
  expect(of(`Temporal at 127.0.0.1:${port}`)).toMatchObject({ state: 'ok' });
  expect(of('registry at 127.0.0.1:1')).toMatchObject({
    state: 'missing',
    todo: 'Start it, or correct LANDFALL_REGISTRY.',
  });
  expect(of('temporal')).toBeUndefined();
});

test('a Landfall that is ready and goes on failing at something says at what [F5][F6]', async () => {
  const detail = 'lost deliveries: failed 3 times in a row';
  const server = await api({ ready: true, checks: { upkeep: { ok: true, warning: true, detail } } });
  const { of } = await examine(server.env, await podmanSocket());
  expect(of('Landfall')).toMatchObject({ state: 'optional', detail: `it is ready, but needs attention: ${detail}` });
});

describe('what gets out of a build', () => {
  const hostsFile = (host: object): string => {
    const file = join(tempDir(), 'hosts.json');
    writeFileSync(file, JSON.stringify([{ name: 'alpha', workDir: '/w', ...host }]));
    return file;
  };

  test('is said to reach the keys when builds have the account of Landfall, or are not shut in [F5][F6]', async () => {
    const server = await api(READY);
    const socket = await podmanSocket();
    const looked = async (host: object) => {
      const { code, of } = await examine({ ...server.env, LANDFALL_HOSTS_FILE: hostsFile(host) }, socket);
      return { code, ...of('builds') };
    };

    expect(await looked({ podmanSocket: socket })).toMatchObject({
      code: 0,
      state: 'optional',
      detail: expect.stringContaining('Podman builds as'),
      todo: expect.stringContaining('the account landfall-build'),
    });
    expect(await looked({ podmanSocket: socket, buildIsolation: 'chroot' })).toMatchObject({
      state: 'optional',
      detail: expect.stringContaining('alpha builds without containers'),
    });
    expect(await looked({ podmanSocket: socket, roles: ['run'] })).toMatchObject({ state: 'ok' });
  });

  const ifRoot = process.getuid?.() === 0 ? test : test.skip;
  // To give the socket away takes root.
  ifRoot(
    'is said to reach no keys when builds have another account, which cannot replace its socket [F5][F6]',
    async () => {
      const server = await api(READY);
      const socket = await podmanSocket();
      const looked = async (host: object) => {
        const { of } = await examine({ ...server.env, LANDFALL_HOSTS_FILE: hostsFile(host) }, socket);
        return of('builds');
      };
      const other = await podmanSocket();
      chownSync(other, 65_534, 65_534);
      expect(await looked({ podmanSocket: socket, buildPodmanSocket: other })).toMatchObject({
        state: 'ok',
        detail: 'builds run as an account of their own',
      });
      chownSync(dirname(other), 65_534, 65_534);
      expect(await looked({ podmanSocket: socket, buildPodmanSocket: other })).toMatchObject({
        state: 'optional',
        detail: expect.stringContaining('may put another one in place of'),
        todo: expect.stringContaining('landfall up'),
      });
    },
  );

  test('is said to reach a metadata service, or the host, where that is not closed [B7][F6]', async () => {
    const server = await api(READY);
    const socket = await podmanSocket();
    const looked = async (host: object) =>
      (await examine({ ...server.env, LANDFALL_HOSTS_FILE: hostsFile({ podmanSocket: socket, ...host }) }, socket)).of(
        'build network',
      );
    const both = "reach a cloud's metadata service and the host's own addresses";

    const usual = await looked({});
    expect(usual).toMatchObject(
      process.arch === 'x64' ? { state: 'ok' } : { state: 'optional', detail: expect.stringContaining(both) },
    );
    for (const open of [{ buildDeny: [] }, { buildNetwork: 'host' }, { buildIsolation: 'chroot' }])
      expect(await looked(open)).toMatchObject({ state: 'optional', detail: expect.stringContaining(`alpha ${both}`) });
    expect(await looked({ buildDeny: ['metadata'] })).toMatchObject({
      state: 'optional',
      todo: expect.stringContaining('buildDeny'),
    });
    expect(await looked({ buildNetwork: 'none', buildDeny: [] })).toMatchObject({ state: 'ok' });
  });

  test('a file with a key that others may read is named [F3][F6]', async () => {
    const server = await api(READY);
    const key = join(tempDir(), 'app.pem');
    writeFileSync(key, 'x', { mode: 0o644 });
    chmodSync(key, 0o644);

    const { of } = await examine({ ...server.env, GITHUB_APP_PRIVATE_KEY_FILE: key }, await podmanSocket());

    expect(of('keys')).toMatchObject({ state: 'optional', todo: `Run \`chmod 600 ${key}\`.` });
  });
});

describe('the clusters that a process here would serve', () => {
  const looked = async (clusters: string) => {
    const server = await api(READY);
    const file = join(tempDir(), 'clusters.json');
    writeFileSync(file, clusters);
    return examine({ ...server.env, LANDFALL_CLUSTERS_FILE: file }, await podmanSocket());
  };

  test('are each looked at, and one that cannot be used is something that is missing [F5][D2]', async () => {
    const kubeconfig = join(tempDir(), 'none');
    const { code, of } = await looked(
      JSON.stringify([
        { name: 'eu', kubeconfig },
        { name: 'us', kubeconfig },
      ]),
    );
    expect(code).toBe(1);
    for (const name of ['cluster eu', 'cluster us']) {
      expect(of(name)).toMatchObject({
        state: 'missing',
        detail: expect.stringContaining(`${kubeconfig} cannot be read (ENOENT)`),
      });
    }
  });

  test('are asked for nothing when their file is wrong, which is said in place of them [F5][F6]', async () => {
    const { code, of } = await looked('[{ "name": "eu" }]');
    expect(code).toBe(1);
    expect(of('clusters')).toMatchObject({
      state: 'missing',
      detail: expect.stringContaining('is not a list of clusters: 0.kubeconfig: set either "kubeconfig"'),
      todo: 'Correct LANDFALL_CLUSTERS_FILE.',
    });
  });
});
