/** A port that Podman itself holds, for a container that it could not start. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { expect, test } from '@jest/globals';
import { listenerAt } from '../../../../activities/targets/podman/listener.ts';
import { recoverPort } from '../../../../activities/targets/podman/lost-ports.ts';
import { isFree } from '../../../../activities/targets/podman/ports.ts';
import { onCleanup } from '../../../support/cleanup.ts';
import { eventually } from '../../../support/eventually.ts';
import { PORT, publish } from '../images.ts';
import { perform } from '../perform.ts';
import { startPodmanPlace } from '../podman-place.ts';

const place = await startPodmanPlace('lost');
const target = place.target();
const image = await publish({ repository: place.repository, version: 'lost' });
await place.engine.podman(['pull', '--quiet', image]);
const LIMIT_MS = 60_000;
const address = '127.0.0.1';
const never = new AbortController().signal;

let made = 0;
/** The same as after a start that the runtime refuses. Podman may let go at any moment: then it is refused once more. */
async function lose(port: number): Promise<void> {
  await eventually(
    `Podman to hold ${String(port)}`,
    async () => {
      if (!(await isFree(address, port))) return true;
      const name = `lost${String((made += 1))}`;
      const portmappings = [{ container_port: PORT, host_ip: address, host_port: port, protocol: 'tcp' }];
      await place.podman.json('POST', '/containers/create', {
        body: { name, image, portmappings, entrypoint: ['/no/such'] },
      });
      await expect(place.containers.start(name)).rejects.toThrow(/no such file|not found/i);
      await place.containers.remove(name);
      return !(await isFree(address, port));
    },
    LIMIT_MS,
  );
}

test.each(['recreate', 'blue-green'] as const)(
  'is let go of before it is called taken, and no other program is blamed: the next deployment (%s) serves [C2][E6]',
  async (strategy) => {
    const scene = await place.scene(strategy);
    const request = scene.request('one', 10);
    await lose(scene.publishPort);
    await perform(target.prepare, request);
    await lose(scene.publishPort);
    await perform(target.switchTo, request);

    expect(await scene.visit()).toBe('ok one');
  },
  LIMIT_MS * 3,
);

/** A program of this name that listens there, until the test ends. */
async function listenAs(name: string, port: number): Promise<number> {
  const script = `require('node:net').createServer().listen(${String(port)}, '${address}', () => console.log('listens'))`;
  const child = spawn(process.execPath, ['-e', script], { argv0: name, stdio: ['ignore', 'pipe', 'inherit'] });
  onCleanup(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child.pid ?? 0;
}

test('one that Podman goes on holding is no other program’s, and the step is tried again [C2][E6]', async () => {
  const [first, second] = [await place.scene('recreate'), await place.scene('recreate')];
  const port = first.publishPort;
  const pid = await listenAs('podman', port);
  await expect(recoverPort(place, { address, port }, never, 100)).rejects.toMatchObject({
    type: 'EngineUnavailable',
    nonRetryable: false,
    message: expect.stringContaining(
      `Podman itself (podman, process ${String(pid)}) still holds ${address}:${String(port)}`,
    ),
  });

  const other = await listenAs('squatter', second.publishPort);
  await expect(perform(target.prepare, second.request('one', 10))).rejects.toMatchObject({
    type: 'PortTaken',
    nonRetryable: true,
    message: expect.stringContaining(`is taken by squatter (process ${String(other)}).`),
  });
});

const hasIPv6 = Object.values(networkInterfaces()).some((all) => all?.some((one) => one.address === '::1'));

test.each(['127.0.0.1', '0.0.0.0', ...(hasIPv6 ? ['::1', '::'] : [])])(
  'the program that listens at %s is found by the kernel’s tables [C2]',
  async (host) => {
    const server = createServer();
    onCleanup(() => void server.close());
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    const { port } = server.address() as AddressInfo;

    expect(await listenerAt(host.includes(':') ? '::1' : '127.0.0.1', port)).toMatchObject({ pid: process.pid });
    expect(await recoverPort(place, { address, port }, never)).toBe(false);
    expect(await listenerAt('127.0.0.9', port)).toEqual(
      host === '127.0.0.1' || host === '::1' ? undefined : expect.anything(),
    );
  },
);
