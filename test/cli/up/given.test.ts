/** `landfall up` beside a Temporal, a registry and a PostgreSQL that are there already; and what it prints for programs. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { freePort } from '../../../infra/dev/process.ts';
import { startProxy } from '../../../infra/dev/proxy.ts';
import { startTemporal } from '../../../infra/dev/temporal.ts';
import { answers, podmanSocket } from '../../../cli/up/podman-socket.ts';
import { emptyDatabase } from '../../store/support/databases.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { eventually } from '../../support/eventually.ts';
import { ownSettings } from '../../support/podman.ts';
import { testRegistry } from '../../support/registry.ts';
import { tempDir } from '../../support/tmp.ts';
import { ask } from '../../support/web.ts';
import { landfall } from '../support/run.ts';
import { gitHubApp, LIMIT_MS, MAIN, running, stage } from './stage.ts';

/** Starts it like a program that reads its output. */
function startUp(args: readonly string[], env: Readonly<Record<string, string>>) {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [MAIN, ...args, '--json'], {
    env: { PATH, HOME, ...gitHubApp(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => (printed[name] += text));
  }
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  const end = async () => {
    child.kill('SIGTERM');
    return closed;
  };
  onCleanup(async () => {
    await end();
  });
  return { printed, closed, end };
}

const isListening = (port: string) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(Number(port), '127.0.0.1');
    socket.once('error', () => resolve(false)).once('connect', () => resolve(true));
    socket.once('connect', () => socket.destroy());
  });

const withoutOption = (args: readonly string[], option: string) =>
  args.filter((_, index) => args[index] !== option && args[index - 1] !== option);

const portAfter = (args: readonly string[], option: string): string => args[args.indexOf(option) + 1] ?? '';

test(
  'a Temporal, a registry, a PostgreSQL and a proxy that are given are used, and none of its own is started; the API of the user’s own Podman is served where it was not; it prints where everything is as one line of JSON once it is ready, and nothing else [F5][F6]',
  async () => {
    const { dir, args: all, url, podman } = await stage();
    const args = withoutOption(all, '--podman-socket');
    // A person's machine may have it served already.
    const isServed = await answers(podmanSocket({ env: {} }));
    const temporal = await startTemporal({ dir: tempDir() });
    // The test server asks for none.
    const databaseUrl = `${await emptyDatabase()}&password=hush-hush`;
    onCleanup(() => temporal.kill());
    const proxy = await startProxy({ dir: tempDir(), limits: { maxConnections: 100 } });
    onCleanup(() => proxy.stop());
    const httpPort = await freePort();
    const given = {
      ...{ TEMPORAL_ADDRESS: temporal.address, LANDFALL_REGISTRY: testRegistry(), DATABASE_URL: databaseUrl },
      LANDFALL_PROXY_DIR: dirname(proxy.masterSocket),
      LANDFALL_PUBLIC_HTTP_PORT: String(httpPort),
      LANDFALL_PUBLIC_HTTPS_PORT: String(await freePort()),
    };

    const up = startUp(args, { ...given, ...ownSettings(podman) });
    await eventually('it to say where it answers', () => up.printed.stdout.includes('\n'), LIMIT_MS);

    const [line = '', ...more] = up.printed.stdout.split('\n');
    expect(more).toEqual(['']);
    expect(JSON.parse(line)).toEqual({
      url,
      webhook: `${url}/api/webhooks/github`,
      temporalAddress: temporal.address,
      registry: testRegistry(),
      hostsFile: join(dir, 'hosts.json'),
      tokensFile: join(dir, 'tokens'),
      dataDir: dir,
    });
    // Names are served on the ports for the web, once there are any.
    const isNamed = async () => (await ask({ port: httpPort, host: 'nowhere.example.com' })).status === 404;
    await eventually('the proxy to have opened its ports for the web', isNamed, LIMIT_MS);
    expect(existsSync(join(dirname(proxy.masterSocket), 'certificates', 'default.pem'))).toBe(true);
    // It reports itself ready, and all three of them.
    expect((await fetch(`${url}/readyz`)).ok).toBe(true);
    expect(Object.keys(running(dir).parts).toSorted()).toEqual([...(isServed ? [] : ['engine']), 'landfall']);
    const served = join(dir, 'podman', 'podman.sock');
    expect(readFileSync(join(dir, 'hosts.json'), 'utf8')).toContain(`"masterSocket": "${proxy.masterSocket}"`);
    expect(readFileSync(join(dir, 'hosts.json'), 'utf8').includes(`"podmanSocket": "${served}"`)).toBe(!isServed);
    const doctor = await landfall(['doctor', '--data-dir', dir, '--json']);
    expect(doctor.stdout.includes(`${served}, which \`landfall up\` serves`)).toBe(!isServed);
    for (const own of ['temporal', 'registry', 'postgres', 'proxy'])
      expect({ own, made: existsSync(join(dir, own)) }).toEqual({ own, made: false });
    for (const option of ['--temporal-port', '--temporal-ui-port', '--registry-port']) {
      expect({ option, used: await isListening(portAfter(args, option)) }).toEqual({ option, used: false });
    }
    expect(await tablesOf(databaseUrl)).toContain('deliveries');
    expect((await schedulesOf(temporal.address)).toSorted()).toEqual([
      'forget-old',
      'repair-deliveries',
      'watch-certificates',
      'watch-live',
    ]);
    const environment = readFileSync(`/proc/${String(running(dir).parts['landfall']?.pid)}/environ`, 'utf8').split(
      '\0',
    );
    expect(environment).toContain(`LANDFALL_REGISTRY=${testRegistry()}`);

    expect(await up.end()).toBe(0);
    expect(existsSync(served)).toBe(false);
    expect(up.printed.stdout).toBe(`${line}\n`);
    // Progress is for people, and goes to stderr; the password appears nowhere.
    expect(up.printed.stderr).toContain('starting landfall');
    expect(up.printed.stderr).not.toContain('hush-hush');
  },
  LIMIT_MS,
);

test(
  'a given Temporal that is not there ends it in words, one line of JSON for programs, and leaves nothing running [F5][F6]',
  async () => {
    const { dir, args } = await stage();
    const nobody = `127.0.0.1:${String(await freePort())}`;

    const up = startUp(args, { TEMPORAL_ADDRESS: nobody, LANDFALL_REGISTRY: testRegistry() });

    expect(await up.closed).toBe(1);
    const [line = '', ...more] = up.printed.stdout.split('\n');
    expect(more).toEqual(['']);
    expect(JSON.parse(line)).toEqual({
      error: {
        what: 'Start landfall',
        why: expect.stringContaining(`Could not connect to Temporal at ${nobody}`) as unknown,
        todo: expect.stringContaining('landfall doctor') as unknown,
      },
    });
    expect(up.printed.stderr).not.toContain('fault in Landfall itself');
    expect(existsSync(join(dir, 'running.json'))).toBe(false);
  },
  LIMIT_MS,
);

async function tablesOf(databaseUrl: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query<{ tablename: string }>(
    `select tablename from pg_tables where schemaname = 'public'`,
  );
  await client.end();
  return rows.map(({ tablename }) => tablename);
}

async function schedulesOf(address: string): Promise<string[]> {
  const connection = await Connection.connect({ address });
  const found: string[] = [];
  for await (const { scheduleId } of new Client({ connection }).schedule.list()) found.push(scheduleId);
  await connection.close();
  return found;
}
