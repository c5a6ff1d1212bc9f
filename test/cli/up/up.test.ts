/** `landfall up` as a process of its own, on a Podman of its own. */
import { expect, test } from '@jest/globals';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { sendCommand } from '../../../activities/targets/podman/proxy/cli.ts';
import { upgrade } from '../../../cli/upgrade/upgrade.ts';
import { CONTROL_QUEUE } from '../../../contracts/core/queues.ts';
import { environmentWorkflowId } from '../../../contracts/core/ids.ts';
import { isAlive } from '../../../infra/dev/identity.ts';
import { startProcess } from '../../../infra/dev/process.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { eventually } from '../../support/eventually.ts';
import { otherVersion } from '../../support/other-version.ts';
import { tempDir } from '../../support/tmp.ts';
import { testMachine } from '../install/machine.ts';
import { landfall, ran } from '../support/run.ts';
import { gitHubApp, isReady, LIMIT_MS, MAIN, running, stage } from './stage.ts';
import { proxyOf, pullSlowly, serve, visit } from './visitor.ts';

const isGone = (pid: number) => !isAlive(pid);

/** An environment that has read what is live, and waits. */
async function beginEnvironment(address: string): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    const key = { project: 'shop', service: 'web', environment: 'production' };
    const { workflow } = new Client({ connection });
    const handle = await workflow.start('environment', {
      args: [{ key }],
      taskQueue: CONTROL_QUEUE,
      workflowId: environmentWorkflowId(key),
    });
    const hasRead = async () => {
      const { events } = await handle.fetchHistory();
      return events?.some(({ activityTaskCompletedEventAttributes: done }) => done) === true;
    };
    await eventually('the environment to know what is live', hasRead, LIMIT_MS);
  } finally {
    await connection.close();
  }
}

test(
  'up serves, survives kill -9 of Landfall and of itself; through its stop, its update, its kill and the way back no visitor of a service and no pull fails, and down ends everything [F1][F5][C5][H2]',
  async () => {
    const { dir, args, url, podman, registry, temporal } = await stage();
    const former = await otherVersion({ version: '0.0.9' });
    const breaking = await otherVersion({
      version: '0.2.0',
      workflows: (code) => code.replaceAll('recallLive', 'recallOtherwise'),
    });
    const begin = async (main: string, settings: Readonly<Record<string, string>> = {}) => {
      const env = { ...gitHubApp(), ...settings };
      const logFile = join(tempDir(), 'up.log');
      const up = await startProcess({ command: process.execPath, args: [main, ...args], env, logFile });
      onCleanup(() => up.kill());
      return { ...up, printed: () => readFileSync(logFile, 'utf8') };
    };
    const start = async (main: string, settings: Readonly<Record<string, string>> = {}) => {
      const up = await begin(main, settings);
      const isUp = async () => running(dir).up?.pid === up.pid && isReady(url);
      await eventually('Landfall to be ready', isUp, LIMIT_MS);
      return up;
    };
    const pids = () => Object.values(running(dir).parts).map((part) => part.pid);
    const pidOf = (part: string) => running(dir).parts[part]?.pid ?? 0;

    const first = await start(former.cli);
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

    // Another version looks whether it could take over.
    await beginEnvironment(temporal);
    const look = async ({ cli }: { readonly cli: string }) => {
      const logFile = join(tempDir(), 'upgrade.log');
      const looking = ['upgrade', '--check', '--data-dir', dir, '--json'];
      const { exited } = await startProcess({ command: process.execPath, args: [cli, ...looking], logFile });
      return { code: await exited, said: readFileSync(logFile, 'utf8') };
    };
    const broken = await look(breaking);
    expect(broken.code).toBe(1);
    expect(broken.said).toMatch(/could not go on with these of \d+ open workflows:.*environment[^]*recallOtherwise/);
    expect(pidOf('landfall')).toBe(livesOn);

    // Updated as a service is: stopped in order, the database last, and started as the program that stands there now.
    const deciding = [pidOf('database'), pidOf('temporal'), pidOf('landfall')];
    const begun: (typeof first)[] = [];
    const machine = testMachine({
      podman: false,
      systemctl: async (verb = '') => {
        if (verb === 'show') return String(begun.length === 0 ? first.pid : 0);
        process.kill(first.pid, 'SIGTERM');
        expect(await first.exited).toBe(0);
        expect(deciding.map(isGone)).toEqual([true, true, true]);
        expect({ proxy: pidOf('proxy'), registry: pidOf('registry') }).toEqual(carrying);
        expect(pids().map(isGone)).toEqual([false, false]);
        begun.push(await begin(MAIN));
        return '';
      },
    });
    const update = () =>
      ran(async (context) => {
        await upgrade(context, { dataDir: dir }, machine);
        return context.exitCode;
      });
    const updated = await update();
    expect(updated).toMatchObject({ code: 0, stdout: expect.stringContaining('Landfall 0.1.0 has taken over.') });
    expect(updated.stdout).toMatch(/Landfall 0[.]0[.]9\n.*[1-9]\d* replayed, all go on/);
    expect(first.printed()).toContain(`services are served until \`landfall down --data-dir ${dir}\``);
    expect((await update()).stdout).toContain('there is nothing to update');

    // Adopted, then killed.
    const [second] = begun;
    expect({ proxy: pidOf('proxy'), registry: pidOf('registry') }).toEqual(carrying);
    const orphans = [pidOf('database'), pidOf('temporal'), pidOf('landfall')];
    process.kill(second?.pid ?? 0, 'SIGKILL');
    await second?.exited;

    // Back on the version before: adopted, and given another base configuration.
    await start(former.cli, { LANDFALL_PROXY_MAX_CONNECTIONS: '1234', LANDFALL_PROXY_TIMEOUT_SERVER: '7m' });
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
