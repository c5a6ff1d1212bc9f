import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { assertFree } from '../../cli/up/ports.ts';
import { portHolder } from '../../infra/dev/port-holder.ts';
import { onCleanup } from '../support/cleanup.ts';

test.each(['127.0.0.1', '::'])(
  'who listens on a port of %s is named, and is named by what needs the port [F6]',
  async (host) => {
    const server = createServer().listen(0, host);
    await once(server, 'listening');
    onCleanup(() => void server.close());
    const { port } = server.address() as AddressInfo;
    expect(portHolder(port)).toMatchObject({ pid: process.pid, program: expect.any(String) as unknown });
    await expect(assertFree(`http://127.0.0.1:${String(port)}`, 'Temporal', '--temporal-port')).rejects.toThrow(
      `(process ${String(process.pid)}`,
    );
  },
);

test('a port that is given up is held no more [F6]', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  // Another program may have been given the port since.
  expect(portHolder(port)?.pid).not.toBe(process.pid);
});
