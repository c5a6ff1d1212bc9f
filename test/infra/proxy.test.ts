import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { startProxy } from '../../infra/dev/proxy.ts';
import { freePort } from '../../infra/dev/process.ts';
import { onCleanup } from '../support/cleanup.ts';
import { testProxy } from '../support/proxy.ts';
import { tempDir } from '../support/tmp.ts';

/**
 * The master answers by starting itself anew, which cuts the connection; until it is done, its socket refuses
 * connections.
 */
async function reload(masterSocket: string): Promise<void> {
  await until(async () => {
    const error = await tell(masterSocket, 'reload').then(
      () => undefined,
      (reason: unknown) => reason as NodeJS.ErrnoException,
    );
    if (error === undefined || error.code === 'ECONNRESET') return true;
    if (error.code === 'ECONNREFUSED') return false;
    throw error;
  });
}

/** One command to one of HAProxy's sockets. */
async function tell(socket: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    connect(socket, function (this: NodeJS.WritableStream) {
      this.end(`${command}\n`);
    })
      .setEncoding('utf8')
      .on('data', (text: string) => (answer += text))
      .once('end', () => {
        resolve(answer);
      })
      .once('error', reject);
  });
}

async function backend(says: string): Promise<number> {
  const server = createServer((_request, response) => response.end(says));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onCleanup(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The backend has no port.');
  return address.port;
}

const configuration = (port: number, upstream: number): string =>
  `frontend web\n  bind 127.0.0.1:${port}\n  default_backend web\nbackend web\n  server one 127.0.0.1:${upstream}\n`;

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (await condition()) return;
    await delay(25);
  }
  throw new Error('The condition did not come true within five seconds.');
}

describe('the proxy', () => {
  test('runs before there is anything to serve, and answers on both its sockets [B18]', async () => {
    const { adminSocket, masterSocket, pid } = await testProxy();
    expect(await tell(masterSocket, 'show proc')).toContain(String(pid));
    expect(await tell(adminSocket, 'show info')).toContain('Nbthread: 2');
  });

  test('loses no request while it is reloaded again and again under load [B18][C5]', async () => {
    const { configFile, masterSocket } = await testProxy();
    const [port, blue, green] = [await freePort(), await backend('blue'), await backend('green')];
    const get = async () => (await fetch(`http://127.0.0.1:${port}/`)).text();
    const show = async (upstream: number) => {
      writeFileSync(configFile, configuration(port, upstream));
      await reload(masterSocket);
    };
    await show(blue);
    await until(() =>
      get().then(
        (text) => text === 'blue',
        () => false,
      ),
    );

    const seen = new Map<string, number>();
    let loading = true;
    const load = Promise.all(
      Array.from({ length: 8 }, async () => {
        while (loading) {
          const text = await get().catch((error: unknown) => `failed: ${String(error)}`);
          seen.set(text, (seen.get(text) ?? 0) + 1);
        }
      }),
    );
    for (const [upstream, name] of [
      [green, 'green'],
      [blue, 'blue'],
      [green, 'green'],
    ] as const) {
      await show(upstream);
      await until(async () => (await get()) === name);
    }
    loading = false;
    await load;
    expect([...seen.keys()].sort()).toEqual(['blue', 'green']);
  });

  test('keeps serving by its old configuration when the new one is wrong [B18]', async () => {
    const { configFile, masterSocket } = await testProxy();
    const [port, upstream] = [await freePort(), await backend('still here')];
    const get = () =>
      fetch(`http://127.0.0.1:${port}/`).then(
        (answer) => answer.text(),
        () => 'down',
      );
    writeFileSync(configFile, configuration(port, upstream));
    await reload(masterSocket);
    await until(async () => (await get()) === 'still here');
    writeFileSync(configFile, 'frontend nonsense\n  bind nowhere\n');
    await reload(masterSocket);
    expect(await get()).toBe('still here');
  });

  test('starts again with the services that it had, also after a crash [F1]', async () => {
    const dir = tempDir();
    const [port, upstream] = [await freePort(), await backend('served')];
    const first = await startProxy({ dir });
    writeFileSync(first.configFile, configuration(port, upstream));
    process.kill(-first.pid, 'SIGKILL');
    await first.stop();
    const second = await startProxy({ dir });
    onCleanup(second.stop);
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('served');
  });

  test('that refuses its configuration says why [B18]', async () => {
    const dir = tempDir();
    writeFileSync(`${dir}/landfall.cfg`, 'frontend nonsense\n  bind nowhere\n');
    await expect(startProxy({ dir })).rejects.toThrow(/ended before it did[^]*nowhere/);
  });
});
