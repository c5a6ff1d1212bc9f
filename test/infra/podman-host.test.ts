import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { startPodmanHost, type PodmanHost } from '../../infra/dev/podman-host.ts';
import { freePort } from '../../infra/dev/process.ts';
import { onCleanup } from '../support/cleanup.ts';
import { APP_PORT, writeFixtureApp } from '../support/fixtures/app.ts';
import { findLeaks } from '../support/leaks.ts';
import { testHost } from '../support/podman.ts';
import { testRegistry } from '../support/registry.ts';
import { tempDir } from '../support/tmp.ts';

const image = `${testRegistry()}/infra/app:v1`;
let [a, b]: [PodmanHost?, PodmanHost?] = [];
const hosts = (): [PodmanHost, PodmanHost] => {
  if (a === undefined || b === undefined) throw new Error('The hosts did not start.');
  return [a, b];
};
const run = async (host: PodmanHost, name: string, version?: string): Promise<number> => {
  const port = await freePort();
  const options = ['--detach', '--name', name, '--publish', `127.0.0.1:${port}:${APP_PORT}`];
  await host.podman(['run', ...options, version === undefined ? image : `${testRegistry()}/infra/app:${version}`]);
  return port;
};
const names = async (host: PodmanHost): Promise<string[]> =>
  (await host.podman(['ps', '--all', '--format', '{{.Names}}'])).stdout.split('\n').filter(Boolean).sort();
const body = async (port: number): Promise<string> => {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await (await fetch(`http://127.0.0.1:${port}/`)).text();
    } catch (error) {
      if (attempt === 100) throw error;
      await delay(50);
    }
  }
};

beforeAll(async () => {
  [a, b] = await Promise.all([testHost('a'), testHost('b')]);
  for (const version of ['v1', 'v2']) {
    const source = tempDir();
    writeFixtureApp(source, { version });
    const name = `${testRegistry()}/infra/app:${version}`;
    await a.podman(['build', '--format', 'docker', '--tag', name, source]);
    await a.podman(['push', name]);
  }
}, 300_000);

describe('two Podman hosts on one machine', () => {
  test('run the same container name side by side, each serving its own image, and do not see each other [B13]', async () => {
    const [one, two] = hosts();
    const [portOne, portTwo] = [await run(one, 'web', 'v1'), await run(two, 'web', 'v2')];
    expect(await body(portOne)).toBe('ok v1\n');
    expect(await body(portTwo)).toBe('ok v2\n');
    await two.podman(['run', '--detach', '--name', 'only-on-two', image]);
    expect(await names(one)).toEqual(['web']);
    expect(await names(two)).toEqual(['only-on-two', 'web']);
    await two.podman(['rm', '--all', '--force', '--time', '0']);
    expect(await body(portOne)).toBe('ok v1\n');
  });

  test('give the same health as the application says [B13]', async () => {
    const [, host] = hosts();
    const source = tempDir();
    writeFixtureApp(source, { version: 'sick', health: 'failing' });
    await host.podman(['build', '--format', 'docker', '--tag', 'localhost/sick', source]);
    await host.podman(['run', '--detach', '--name', 'sick', 'localhost/sick']);
    await host.podman(['run', '--detach', '--name', 'well', image]);
    await expect(host.podman(['healthcheck', 'run', 'well'])).resolves.toBeDefined();
    await expect(host.podman(['healthcheck', 'run', 'sick'])).rejects.toThrow(/healthcheck run sick failed/);
  });

  test('say in podman’s own words why a build failed [B7]', async () => {
    const source = tempDir();
    writeFixtureApp(source, { version: 'broken', breaksBuild: true });
    await expect(hosts()[0].podman(['build', source])).rejects.toThrow(
      /podman build .* failed: [^]*expected expression/,
    );
  });
});

describe('a Podman host', () => {
  test('keeps its containers when its API is killed, and finds them when it is started again [F1]', async () => {
    const dir = tempDir();
    const registries = [testRegistry()];
    const first = await startPodmanHost({ dir, name: 'c', registries });
    onCleanup(first.stop);
    const port = await run(first, 'survivor');
    await first.kill();
    expect(await body(port)).toBe('ok v1\n');
    const second = await startPodmanHost({ dir, name: 'c', registries });
    onCleanup(second.stop);
    expect(await names(second)).toEqual(['survivor']);
    await second.podman(['stop', '--time', '0', 'survivor']);
  });

  test('leaves no process, mount or container when it is stopped, running containers or not, twice [F5]', async () => {
    const dir = tempDir();
    mkdirSync(join(dir, 'h'));
    const host = await startPodmanHost({ dir: join(dir, 'h'), name: 'd', registries: [testRegistry()] });
    onCleanup(host.stop);
    await run(host, 'left');
    expect(await findLeaks(dir, ['h'], 0)).not.toEqual([]);
    await host.stop();
    expect(await findLeaks(dir, ['h'])).toEqual([]);
    await host.stop();
  });

  test('takes the port forwarding along that its engine forgot, and leaves that of others [F5]', async () => {
    const dir = tempDir();
    mkdirSync(join(dir, 'h'));
    const host = await startPodmanHost({ dir: join(dir, 'h'), name: 'e', registries: [testRegistry()] });
    onCleanup(host.stop);
    const other = hosts()[0];
    await Promise.all([run(host, 'served'), run(other, 'neighbour')]);
    const nat = (...args: readonly string[]) =>
      execFileSync('iptables', ['-w', '-t', 'nat', ...args], { encoding: 'utf8' }).split('\n');
    const rulesOf = (address: string) => nat('-S').filter((rule) => rule.includes(`--to-destination ${address}:`));
    const addressOf = async (on: PodmanHost, name: string) =>
      (await on.podman(['inspect', '--format', '{{.NetworkSettings.IPAddress}}', name])).stdout.trim();
    const [own, others] = [await addressOf(host, 'served'), await addressOf(other, 'neighbour')];
    const forgotten = `-p tcp -d 127.0.0.1/32 --dport 9 -j DNAT --to-destination ${own}:9`.split(' ');
    nat('-A', 'NETAVARK-HOSTPORT-DNAT', ...forgotten);
    expect(rulesOf(own)).toHaveLength(2);

    await host.stop();

    expect(rulesOf(own)).toEqual([]);
    expect(rulesOf(others)).toHaveLength(1);
    await other.podman(['rm', '--force', '--time', '0', 'neighbour']);
  });

  test('keeps images, containers and network over a restart of the machine [F1]', async () => {
    const dir = tempDir();
    const registries = [testRegistry()];
    const first = await startPodmanHost({ dir, name: 'e', registries });
    onCleanup(first.stop);
    const network = readFileSync(join(dir, 'net', 'podman.json'), 'utf8');
    await run(first, 'before');
    // A restart of the machine leaves files, but neither processes nor mounts, and another boot id.
    await first.podman(['kill', 'before']);
    await first.podman(['wait', 'before']);
    await first.kill();
    writeFileSync(join(dir, 'boot-id'), 'another boot');
    const second = await startPodmanHost({ dir, name: 'e', registries });
    onCleanup(second.stop);
    expect(readFileSync(join(dir, 'net', 'podman.json'), 'utf8')).toBe(network);
    expect(await names(second)).toEqual(['before']);
    await second.podman(['start', 'before']);
    expect(await body(await run(second, 'after'))).toBe('ok v1\n');
  });

  test('refuses a folder whose socket path would be cut off [F5]', async () => {
    const dir = join(tempDir(), 'x'.repeat(100));
    await expect(startPodmanHost({ dir, name: 'long', registries: [] })).rejects.toThrow(/Choose a shorter folder/);
  });
});
