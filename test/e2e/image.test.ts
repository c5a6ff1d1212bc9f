/** The container image: built from the package, then run without root, on a root file system that it cannot write. */
import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { Connection } from '@temporalio/client';
import { freePort } from '../../infra/dev/process.ts';
import { testDatabase } from '../store/support/databases.ts';
import { onCleanup } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { ownSettings, testHost } from '../support/podman.ts';
import { testRun } from '../support/run.ts';
import { createNamespace } from '../support/simulation/namespace.ts';
import { tempDir } from '../support/tmp.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const IMAGE = 'localhost/landfall:test';
const NAMESPACE = 'image';
const LIMIT_MS = 900_000;
const READY_MS = 240_000;
/** Everything that a cautious cluster takes away. */
const CAUTIOUS = [
  ...['--read-only', '--read-only-tmpfs=false', '--tmpfs', '/tmp', '--cap-drop', 'all'],
  ...['--security-opt', 'no-new-privileges'],
];

test(
  'is built from the package, and serves without root on a read-only root file system, with its settings and secrets from outside [H1][F5]',
  async () => {
    const host = await testHost('image');
    const podman = async (...args: readonly string[]) => (await host.podman(args)).stdout.trim();
    const node = (code: string) => podman('exec', 'landfall', '/usr/bin/node', '-p', code);
    const { PATH, HOME } = process.env;
    const env = { PATH, HOME, ...ownSettings(host) };
    const build = ['run', '--silent', 'image', '--', '--tag', IMAGE];
    await promisify(execFile)('npm', build, { cwd: ROOT, env, timeout: LIMIT_MS });

    expect(JSON.parse(await podman('image', 'inspect', '--format', '{{json .Labels}}', IMAGE))).toMatchObject({
      'org.opencontainers.image.title': 'Landfall',
      'org.opencontainers.image.version': '0.1.0-dev',
      'org.opencontainers.image.licenses': 'MIT',
      'org.opencontainers.image.revision': expect.stringMatching(/^[0-9a-f]{40}$/),
    });
    expect(await podman('run', '--rm', ...CAUTIOUS, IMAGE, '--version')).toBe('0.1.0-dev');
    await expect(podman('run', '--rm', ...CAUTIOUS, IMAGE)).rejects.toThrow(
      /the data folder [/]var[/]lib[/]landfall[/]landfall cannot be written \(EROFS\)[^]*Mount a volume at [/]var[/]lib[/]landfall that user 10001 may write/,
    );

    const port = await freePort();
    const settings = {
      TEMPORAL_ADDRESS: testRun().temporal,
      TEMPORAL_NAMESPACE: await ownNamespace(),
      LANDFALL_REGISTRY: testRun().registry,
      LANDFALL_LISTEN: `127.0.0.1:${String(port)}`,
      GITHUB_APP_ID: '4242',
      GITHUB_API_URL: 'http://127.0.0.1:9',
      DATABASE_URL_FILE: '/run/secrets/database-url',
      GITHUB_APP_PRIVATE_KEY_FILE: '/run/secrets/app.pem',
      GITHUB_WEBHOOK_SECRET_FILE: '/run/secrets/webhook',
    };
    await podman(
      ...['run', '--detach', '--name', 'landfall', '--network', 'host', ...CAUTIOUS],
      // Both become the image's user's.
      ...['--volume', `${secrets(await reachable(await testDatabase()))}:/run/secrets:ro,U`],
      ...['--volume', `${tempDir()}:/var/lib/landfall:U`],
      ...Object.entries(settings).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
      IMAGE,
    );
    const isReady = async () => {
      if ((await podman('inspect', '--format', '{{.State.Running}}', 'landfall')) !== 'true') return 'it ended';
      return (await fetch(`http://127.0.0.1:${String(port)}/readyz`)).status === 200 && 'ready';
    };
    const state = await eventually('Landfall to be ready', isReady, READY_MS);
    const log = await podman('logs', 'landfall');

    expect([state, log]).toEqual(['ready', expect.stringContaining('"ready":true')]);
    expect(await node('[process.getuid(), process.getgid()].join()')).toBe('10001,10001');
    expect(await node("try { fs.writeFileSync('/usr/x', ''); 'written' } catch ({ code }) { code }")).toBe('EROFS');
    // Landfall itself is the container's first process, with the options of Node that it has everywhere.
    const first = await node("fs.readFileSync('/proc/1/cmdline', 'utf8').split('\\0').slice(0, -1).join(' ')");
    expect(first).toMatch(
      /^[/]usr[/]bin[/]node --max-semi-space-size=\d+ .* [/]usr[/]lib[/]landfall[/]workers[/]standalone[.]js$/,
    );
    // For public repositories, which it reads with git.
    expect(await podman('exec', 'landfall', '/usr/bin/git', '--version')).toContain('git version 2.');
    await podman('stop', '--time', '90', 'landfall');
    expect(await podman('inspect', '--format', '{{.State.ExitCode}}', 'landfall')).toBe('0');
  },
  LIMIT_MS,
);

async function ownNamespace(): Promise<string> {
  const connection = await Connection.connect({ address: testRun().temporal });
  await createNamespace(connection, NAMESPACE);
  await connection.close();
  return NAMESPACE;
}

/** A folder with the files that a cluster would mount. */
function secrets(databaseUrl: string): string {
  const dir = join(tempDir(), 'secrets');
  mkdirSync(dir);
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(join(dir, 'app.pem'), privateKey.export({ type: 'pkcs1', format: 'pem' }), { mode: 0o400 });
  writeFileSync(join(dir, 'webhook'), 'a-secret-of-the-webhook\n', { mode: 0o400 });
  writeFileSync(join(dir, 'database-url'), `${databaseUrl}\n`, { mode: 0o400 });
  return dir;
}

/** The test's PostgreSQL knows us by our account, at a socket; the container comes by TCP, through us. @returns its URL there */
async function reachable(url: string): Promise<string> {
  const { pathname, searchParams } = new URL(url.replace('postgres:///', 'postgres://socket/'));
  const path = join(String(searchParams.get('host')), '.s.PGSQL.5432');
  const server = createServer((client) => {
    const database = connect(path);
    client.pipe(database).pipe(client);
    for (const end of [client, database]) end.once('error', () => void [client, database].map((one) => one.destroy()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onCleanup(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return `postgres://${String(searchParams.get('user'))}@127.0.0.1:${String(port)}${pathname}`;
}
