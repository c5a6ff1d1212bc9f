/** `landfall up` as a process of its own, on a Podman of its own. */
import { expect, test } from '@jest/globals';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { sendCommand } from '../../../activities/targets/podman/proxy/cli.ts';
import { isAlive } from '../../../infra/dev/identity.ts';
import { startProcess } from '../../../infra/dev/process.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { eventually } from '../../support/eventually.ts';
import { tempDir } from '../../support/tmp.ts';
import { landfall } from '../support/run.ts';
import { gitHubApp, isReady, LIMIT_MS, MAIN, running, stage } from './stage.ts';
import { proxyOf, pullSlowly, serve, visit } from './visitor.ts';

const isGone = (pid: number) => !isAlive(pid);

test(
  'up serves, survives kill -9 of Landfall and of itself; through its stop, its update and its kill no visitor of a service and no pull fails, and down ends everything [F1][F5][C5]',
  async () => {
    const { dir, args, url, podman, registry } = await stage();
    const start = async (settings: Readonly<Record<string, string>> = {}) => {
      const env = { ...gitHubApp(), ...settings };
      const logFile = join(tempDir(), 'up.log');
      const up = await startProcess({ command: process.execPath, args: [MAIN, ...args], env, logFile });
      onCleanup(() => up.kill());
      const isUp = async () => running(dir).up?.pid === up.pid && isReady(url);
      await eventually('Landfall to be ready', isUp, LIMIT_MS);
      return { ...up, printed: () => readFileSync(logFile, 'utf8') };
    };
    const pids = () => Object.values(running(dir).parts).map((part) => part.pid);
    const pidOf = (part: string) => running(dir).parts[part]?.pid ?? 0;

    const first = await start();
    expect(statSync(join(dir, 'tokens')).mode & 0o777).toBe(0o600);
    await eventually('the address file', () => readFileSync(join(dir, 'address'), 'utf8') === `${url}\n`);
    expect(await landfall(['status'], { env: { LANDFALL_DATA_DIR: dir } })).toMatchObject({ code: 0 });
    const refused = await landfall(args, { env: gitHubApp() });
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('another `landfall up`') });

    const service = await serve(dir, podman);
    const since = await service.runsSince();
    const visitor = visit(service.url);
    const pull = await pullSlowly(dir, registry);
    const carrying = { proxy: pidOf('proxy'), registry: pidOf('registry') };

    const landfallPid = pidOf('landfall');
    process.kill(landfallPid, 'SIGKILL');
    await eventually('a new process', () => pidOf('landfall') !== landfallPid);
    await eventually('Landfall to be ready again', () => isReady(url), LIMIT_MS);

    // The database dies, and Landfall lives through it; leftover processes of the former database do not stop the new
    // one.
    const [databasePid, livesOn] = [pidOf('database'), pidOf('landfall')];
    process.kill(databasePid, 'SIGKILL');
    await eventually('a new database', () => pidOf('database') !== databasePid, LIMIT_MS);
    await eventually('Landfall to be ready again', () => isReady(url), LIMIT_MS);
    expect(pidOf('landfall')).toBe(livesOn);

    // Stopped in order, the database last.
    const deciding = [pidOf('database'), pidOf('temporal'), pidOf('landfall')];
    process.kill(first.pid, 'SIGTERM');
    expect(await first.exited).toBe(0);
    expect(first.printed()).toContain(`services are served until \`landfall down --data-dir ${dir}\``);
    expect(deciding.map(isGone)).toEqual([true, true, true]);
    expect({ proxy: pidOf('proxy'), registry: pidOf('registry') }).toEqual(carrying);
    expect(pids().map(isGone)).toEqual([false, false]);

    // Adopted, then killed.
    const second = await start();
    expect({ proxy: pidOf('proxy'), registry: pidOf('registry') }).toEqual(carrying);
    const orphans = [pidOf('database'), pidOf('temporal'), pidOf('landfall')];
    process.kill(second.pid, 'SIGKILL');
    await second.exited;

    // Adopted, and given another base configuration.
    await start({ LANDFALL_PROXY_MAX_CONNECTIONS: '1234', LANDFALL_PROXY_TIMEOUT_SERVER: '7m' });
    expect(orphans.every(isGone)).toBe(true);
    expect(pidOf('registry')).toBe(carrying.registry);
    expect(pidOf('proxy')).not.toBe(carrying.proxy);
    expect(await sendCommand(proxyOf(dir).adminSocket, 'show info')).toContain('Maxconn: 1234\n');
    expect(readFileSync(proxyOf(dir).configFile, 'utf8')).toContain('timeout server 7m\n');

    // One that dies is started again.
    const asked = visitor.asked();
    expect(await visitor.leave()).toEqual(new Set(['ok one']));
    expect(asked).toBeGreaterThan(100);
    expect(await pull.isWhole()).toBe(true);
    expect(await service.runsSince()).toBe(since);
    const proxyPid = pidOf('proxy');
    process.kill(proxyPid, 'SIGKILL');
    await eventually('a new proxy', async () => pidOf('proxy') !== proxyPid && (await fetch(service.url)).ok);

    const everything = [...pids(), running(dir).up?.pid ?? 0];
    expect(everything).toHaveLength(6);
    const { code, stdout } = await landfall(['down', '--data-dir', dir, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ dataDir: dir, stopped: ['landfall up', 'proxy', 'registry'] });
    expect(everything.filter((pid) => !isGone(pid))).toEqual([]);
    expect(existsSync(join(dir, 'running.json'))).toBe(false);
    expect(await service.runsSince()).toBe(since);
    expect((await landfall(['down', '--data-dir', dir])).stdout).toContain('Nothing of Landfall runs');
  },
  LIMIT_MS * 3,
);

test('up without a GitHub App is refused with everything that is missing at once, and starts nothing [F5]', async () => {
  const dir = join(tempDir(), 'data');
  const { code, stderr } = await landfall(['up', '--data-dir', dir]);
  expect(code).toBe(1);
  expect(stderr).toContain('GITHUB_APP_ID, GITHUB_WEBHOOK_SECRET, GITHUB_APP_PRIVATE_KEY_FILE are not set');
  expect(() => statSync(dir)).toThrow('ENOENT');
});

test('up in a folder whose sockets could not be named is refused [F5]', async () => {
  const { code, stderr } = await landfall(['up', '--data-dir', `/tmp/${'long/'.repeat(20)}`], { env: gitHubApp() });
  expect(code).toBe(1);
  expect(stderr).toContain('Choose a shorter one with --data-dir.');
});

test('up without Podman says how to start it [F5]', async () => {
  const argv = ['up', '--data-dir', join(tempDir(), 'data'), '--podman-socket', '/nowhere/podman.sock'];
  const { code, stderr } = await landfall(argv, { env: gitHubApp() });
  expect(code).toBe(1);
  expect(stderr).toContain('podman system service --time=0 unix:///nowhere/podman.sock');
});

test.each(['8080', 'localhost:99999', '127.0.0.1:0', 'a b:80'])('up refuses to listen on %j [F5]', async (listen) => {
  const { code, stderr } = await landfall(['up', '--listen', listen], { env: gitHubApp() });
  expect(code).toBe(1);
  expect(stderr).toContain('is not HOST:PORT');
});
