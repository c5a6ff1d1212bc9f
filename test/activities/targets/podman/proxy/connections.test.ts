/** Connections while other services come and go. */
import { readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { MockActivityEnvironment } from '@temporalio/testing';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { sendCommand } from '../../../../../activities/targets/podman/proxy/cli.ts';
import { createProxy } from '../../../../../activities/targets/podman/proxy/proxy.ts';
import { parseFormer } from '../../../../../activities/targets/podman/proxy/runtime.ts';
import { freePort } from '../../../../../infra/dev/process.ts';
import { startProxy } from '../../../../../infra/dev/proxy.ts';
import type { DevProxyLimits } from '../../../../../infra/dev/proxy-config.ts';
import { onCleanup } from '../../../../support/cleanup.ts';
import { eventually } from '../../../../support/eventually.ts';
import { tempDir } from '../../../../support/tmp.ts';

/** A service that sends back whatever it is sent: for as long as the connection lives, it answers. */
async function echo(): Promise<number> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onCleanup(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('It has no port.');
  return address.port;
}

async function connection(port: number) {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  await once(socket, 'connect');
  onCleanup(() => void socket.destroy());
  const closed = new Promise<string>((resolve) => {
    socket.on('error', () => undefined).once('close', () => resolve('cut'));
  });
  return {
    closed,
    end: () => void socket.end(),
    /** @returns the answer, or "cut" */
    says: async (text: string): Promise<string> => {
      const answer = new Promise<string>((resolve) => void socket.once('data', (data) => resolve(String(data))));
      socket.write(text);
      return Promise.race([answer, closed]);
    },
  };
}

async function host(limits: DevProxyLimits = {}) {
  const { stop, ...files } = await startProxy({ dir: tempDir(), limits });
  onCleanup(stop);
  const { configFile, adminSocket, masterSocket } = files;
  const settings = { configFile, adminSocket, masterSocket };
  const proxy = createProxy(settings);
  const publish = async (service: string, port: number, to: number) =>
    proxy.route({ id: `shop.${service}.production`, address: '127.0.0.1', port, mode: 'tcp' }, to);
  return { settings, proxy, publish };
}

let upstream = 0;
beforeAll(async () => {
  upstream = await echo();
});

describe('a connection of one service', () => {
  test('lives through the publishing, switching and removal of another one, for as long as the setting says [C5][F1]', async () => {
    const [usual, impatient] = [await host(), await host({ reloadPatience: '1s' })];
    const [port, short] = [await freePort(), await freePort()];
    await usual.publish('chat', port, upstream);
    await impatient.publish('chat', short, upstream);
    const [long, cut] = [await connection(port), await connection(short)];
    expect([await long.says('a'), await cut.says('a')]).toEqual(['a', 'a']);

    for (const { publish, proxy } of [usual, impatient]) {
      const [other, next] = [await freePort(), await echo()];
      await publish('other', other, upstream);
      await publish('other', other, next);
      await proxy.close('shop.other.production');
    }

    // The setting is what ends it; by default that is a day.
    expect(await cut.closed).toBe('cut');
    expect(await long.says('b')).toBe('b');
    expect(readFileSync(usual.settings.configFile.replace('landfall.cfg', 'base.cfg'), 'utf8')).toContain(
      'hard-stop-after 24h',
    );
  });

  test('is drained with the version it speaks to, also when it was opened before a reload [C5]', async () => {
    const { publish, proxy, settings } = await host();
    const [port, green] = [await freePort(), await echo()];
    await publish('chat', port, upstream);
    const old = await connection(port);
    expect(await old.says('a')).toBe('a');
    await publish('other', await freePort(), upstream);
    expect(parseFormer(await sendCommand(settings.masterSocket, 'show proc'))).toHaveLength(1);
    await publish('chat', port, green);

    const settle = (patienceMs: number) =>
      new MockActivityEnvironment().run(() =>
        proxy.settle('shop.chat.production', patienceMs, new AbortController().signal),
      );
    const settled = settle(60_000).then(() => 'settled');
    // It is waited for …
    expect(await Promise.race([settled, old.says('b')])).toBe('b');
    const fresh = await connection(port);
    expect(await fresh.says('c')).toBe('c');
    // … until it ends.
    old.end();
    expect(await settled).toBe('settled');
    expect(await fresh.says('d')).toBe('d');
  });

  test('is cut off when the patience for the version it speaks to is over, also when it was opened before a reload [C5]', async () => {
    const { publish, proxy, settings } = await host();
    const [port, green] = [await freePort(), await echo()];
    await publish('chat', port, upstream);
    const old = await connection(port);
    expect(await old.says('a')).toBe('a');
    await publish('other', await freePort(), upstream);
    await publish('chat', port, green);
    await new MockActivityEnvironment().run(() =>
      proxy.settle('shop.chat.production', 50, new AbortController().signal),
    );
    expect(await old.closed).toBe('cut');
    await eventually(
      'the worker of before to end with its last connection',
      async () => parseFormer(await sendCommand(settings.masterSocket, 'show proc')).length === 0,
    );
  });
});

test('a proxy with the limits of another day, or version, gets those of today without a cut; one that has them is left alone [C5][F5]', async () => {
  const { publish, proxy, settings } = await host();
  const port = await freePort();
  // Nothing is behind it: there is nothing to bring up to date.
  await proxy.refresh();
  expect(readFileSync(settings.configFile, 'utf8')).toBe('');
  await publish('chat', port, upstream);
  const open = await connection(port);
  const worker = () => sendCommand(settings.adminSocket, 'show info').then((text) => /^Pid: .*/m.exec(text)?.[0]);
  const before = await worker();
  await proxy.refresh();
  expect(await worker()).toBe(before);

  await createProxy({ ...settings, timeouts: { tunnel: '2d' } }).refresh();

  expect(await worker()).not.toBe(before);
  expect(readFileSync(settings.configFile, 'utf8')).toContain('timeout tunnel 2d\n');
  expect(await open.says('a')).toBe('a');

  // Limits that HAProxy refuses leave what ran.
  const good = readFileSync(settings.configFile, 'utf8');
  writeFileSync(settings.configFile, good.replace('timeout tunnel 2d', 'timeout tunnel 3d'));
  const refused = createProxy({ ...settings, timeouts: { tunnel: 'soon' } }).refresh();
  await expect(refused).rejects.toMatchObject({ type: 'ProxyUnavailable' });
  expect(readFileSync(settings.configFile, 'utf8')).toContain('timeout tunnel 3d\n');
  expect(await open.says('b')).toBe('b');
});
