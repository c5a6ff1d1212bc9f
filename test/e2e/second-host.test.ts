/** A second host joins a `landfall up` by the settings of docs/hosts.md: what the page says is what is started here. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from '@jest/globals';
import { hash } from 'bcryptjs';
import { where } from '../../infra/dev/locate.ts';
import { othersProxy } from '../../infra/dev/proxy.ts';
import { startPodmanHost } from '../../infra/dev/podman-host.ts';
import { freePort, startProcess, waitUntil } from '../../infra/dev/process.ts';
import { startGitHub } from '../../stand-ins/github/start.ts';
import { gitHubApp, isReady } from '../cli/up/stage.ts';
import { landfall } from '../cli/support/run.ts';
import { testDatabase } from '../store/support/databases.ts';
import { onCleanup } from '../support/cleanup.ts';
import { createApi, type Api } from '../support/stage/api.ts';
import { furnish } from '../support/stage/furnish.ts';
import { remoteHost } from '../support/stage/remote-host.ts';
import { createShop, type Shop } from '../support/stage/shop.ts';
import { tempDir } from '../support/tmp.ts';

const CLI = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const PAGE = readFileSync(new URL('../../docs/hosts.md', import.meta.url), 'utf8');
const [SECTION = ''] = /^## From one machine to two$[^]*?(?=^## )/m.exec(PAGE) ?? [];
const LIMIT_MS = 300_000;

/** The page's block of this kind that holds these words. */
function block(kind: string, words: string): string {
  const found = [...SECTION.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].filter(
    ([, of, text = '']) => of === kind && text.includes(words),
  );
  if (found.length !== 1) throw new Error(`docs/hosts.md has ${String(found.length)} blocks of ${kind} with ${words}`);
  return found[0]?.[2] ?? '';
}

let api: Api;
let shop: Shop;
let joining: { readonly env: Readonly<Record<string, string>>; readonly dir: string };

beforeAll(async () => {
  const dir = tempDir();
  const ports = {
    temporal: await freePort(),
    ui: await freePort(),
    registry: await freePort(),
    listen: await freePort(),
  };
  const places = ['data', 'etc', 'run', 'haproxy'].map((name) => join(dir, name));
  const [data = '', etc = '', run = '', haproxy = ''] = places;
  for (const place of [...places, join(data, 'temporal'), join(data, 'registry')])
    mkdirSync(place, { recursive: true });
  /** The page's words, with this test's addresses and folders. */
  const here = (text: string): string =>
    text
      .replaceAll('10.0.0.10:7233', `127.0.0.1:${String(ports.temporal)}`)
      .replaceAll('10.0.0.10:5000', `127.0.0.1:${String(ports.registry)}`)
      .replaceAll('10.0.0.10:8080', `127.0.0.1:${String(ports.listen)}`)
      .replaceAll('--ip 10.0.0.10 --port 7233', `--ip 127.0.0.1 --port ${String(ports.temporal)}`)
      .replaceAll('--ui-port 8233', `--ui-port ${String(ports.ui)}`)
      .replaceAll('/var/lib/landfall', data)
      .replaceAll('/etc/landfall', etc)
      .replaceAll('/etc/haproxy', haproxy)
      .replaceAll('/run/haproxy', run);
  const lineOf = (words: string): string[] => here(block('sh', words)).replaceAll('\\\n', ' ').trim().split(/\s+/);
  const exports = (words: string): Record<string, string> =>
    Object.fromEntries(
      [...here(block('sh', words)).matchAll(/([A-Z_]+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]),
    );
  const begin = async (name: 'temporal' | 'registry' | 'haproxy', [, ...args]: readonly string[]) => {
    const started = await startProcess({ command: where(name), args, logFile: join(dir, `${name}.log`) });
    onCleanup(() => started.stop('SIGTERM'));
    return started;
  };
  const answers = (url: string) => async (signal: AbortSignal) => (await fetch(url, { signal })).status < 500;

  // Temporal, and the registry with its password.
  const temporal = await begin('temporal', lineOf('temporal server start-dev'));
  const ui = `http://127.0.0.1:${String(ports.ui)}/api/v1/namespaces/default`;
  await waitUntil(temporal, answers(ui), { what: 'serve Temporal', timeoutMs: LIMIT_MS });
  const registry = `127.0.0.1:${String(ports.registry)}`;
  const password = randomBytes(24).toString('hex');
  writeFileSync(join(etc, 'htpasswd'), `landfall:${await hash(password, 4)}\n`);
  writeFileSync(join(etc, 'registry.yml'), here(block('yaml', 'registry.yml')));
  const auth = Buffer.from(`landfall:${password}`).toString('base64');
  writeFileSync(join(etc, 'registry-auth.json'), JSON.stringify({ auths: { [registry]: { auth } } }), { mode: 0o600 });
  const serving = await begin('registry', lineOf('registry serve'));
  await waitUntil(serving, answers(`http://${registry}/v2/`), { what: 'serve images', timeoutMs: LIMIT_MS });
  expect((await fetch(`http://${registry}/v2/`)).status).toBe(401);

  // The first machine.
  const token = randomBytes(24).toString('hex');
  writeFileSync(join(etc, 'host-tokens'), `beta:${token}\n`, { mode: 0o600 });
  const accessToken = randomBytes(24).toString('hex');
  writeFileSync(join(data, 'tokens'), `tester:${accessToken}\n`, { mode: 0o600 });
  const url = `http://127.0.0.1:${String(ports.listen)}`;
  const app = gitHubApp();
  const webhook = { url: `${url}/api/webhooks/github`, secret: app.GITHUB_WEBHOOK_SECRET };
  const gitHub = await startGitHub({ dir: join(dir, 'g'), webhook });
  onCleanup(() => gitHub.stop());
  writeFileSync(app.GITHUB_APP_PRIVATE_KEY_FILE, gitHub.privateKey, { mode: 0o600 });
  const [local, beta] = await Promise.all(
    ['local', 'beta'].map((name) => startPodmanHost({ dir: join(dir, name), name, registries: [registry] })),
  );
  if (!local || !beta) throw new Error('two engines were started');
  for (const host of [local, beta]) onCleanup(() => host.stop());
  await furnish(join(data, 'landfall'));
  const up = await startProcess({
    command: process.execPath,
    args: [CLI, 'up', '--data-dir', data, '--listen', `127.0.0.1:${String(ports.listen)}`].concat([
      '--podman-socket',
      local.socket,
      '--build-podman-socket',
      local.socket,
    ]),
    env: {
      ...app,
      ...exports('landfall up'),
      ...{ GITHUB_API_URL: gitHub.url, GITHUB_APP_ID: String(gitHub.appId), LANDFALL_PRIVATE_SOURCES: '127.0.0.1' },
      ...{ DATABASE_URL: await testDatabase(), LANDFALL_REPAIR_EVERY: '1h', LANDFALL_WATCH_EVERY: '1h' },
    },
    logFile: join(dir, 'up.log'),
  });
  onCleanup(async () => {
    await up.stop('SIGTERM');
    await landfall(['down', '--data-dir', data]);
  });
  await waitUntil(up, () => isReady(url), { what: 'serve Landfall', timeoutMs: LIMIT_MS });
  api = createApi(url, accessToken);

  // The second one.
  writeFileSync(join(haproxy, 'base.cfg'), here(block('haproxy', 'base.cfg')));
  writeFileSync(join(haproxy, 'landfall.cfg'), '');
  await begin('haproxy', lineOf('haproxy -W'));
  await othersProxy(run);
  const [hosts = ''] = /^```json\n([^]*?)^```$/m.exec(PAGE)?.slice(1) ?? [];
  const [written] = JSON.parse(here(hosts)) as Record<string, unknown>[];
  const host = {
    ...written,
    ...{ name: 'beta', roles: ['run'], podmanSocket: beta.socket, address: '127.0.0.2' },
  };
  writeFileSync(join(etc, 'hosts.json'), JSON.stringify([host]));
  const env = { ...exports('landfall worker --host beta'), LANDFALL_HOST_TOKEN: token, LANDFALL_LOG_LEVEL: 'warn' };
  const worker = remoteHost('beta', env, join(dir, 'beta.log'));
  onCleanup(() => worker.stop());
  await worker.start();
  shop = await createShop(gitHub, join(dir, 'clone'), ['local', 'beta'], await freePort());
  joining = { env: { ...env, LANDFALL_HOSTS_FILE: join(etc, 'other.json') }, dir };
  writeFileSync(join(etc, 'other.json'), JSON.stringify([{ ...host, workDir: join(dir, 'other') }]));
}, LIMIT_MS * 2);

test(
  'it pulls, runs and serves what the first one builds; and its name is no third one’s [B12][B13][F5]',
  async () => {
    const release = await api.ended(await shop.push({ version: '1' }), LIMIT_MS);
    expect(release).toMatchObject({ state: 'completed', deployments: [{ state: 'live' }] });
    const visits = ['127.0.0.1', '127.0.0.2'].map(async (address) => {
      const response = await fetch(`http://${address}:${String(shop.publishPort)}/`);
      return (await response.text()).trim();
    });
    expect(await Promise.all(visits)).toEqual(['ok 1', 'ok 1']);

    const logFile = join(joining.dir, 'third.log');
    const args = [CLI, 'worker', '--host', 'beta'];
    const third = await startProcess({ command: process.execPath, args, env: joining.env, logFile });
    onCleanup(() => third.kill());
    expect(await third.exited).toBe(1);
    expect(readFileSync(logFile, 'utf8')).toMatch(
      /the name beta belongs to another machine, \S+, since [^]*LANDFALL_TAKE_HOST=beta/,
    );
  },
  LIMIT_MS * 2,
);
