import { expect, test } from '@jest/globals';
import { Hono } from 'hono';
import { BlockList } from 'node:net';
import { clientAddress } from '../../../api/auth/client-address.ts';
import type { ApiEnv } from '../../../api/deps.ts';
import { startServer } from '../../../api/server.ts';
import { onCleanup } from '../../support/cleanup.ts';

const trusted = new BlockList();
trusted.addAddress('127.0.0.1');
trusted.addSubnet('10.0.0.0', 8);

async function serve(proxies: BlockList): Promise<string> {
  const app = new Hono<ApiEnv>();
  app.get('/', (c) => c.text(clientAddress(c, proxies)));
  const server = await startServer({ app, hostname: '127.0.0.1', port: 0 });
  onCleanup(() => server.close());
  return server.url;
}
const seen = async (url: string, forwarded?: string) =>
  (await fetch(url, { headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded } })).text();

test('behind a proxy that is trusted, the address is the one that it names [F6]', async () => {
  const url = await serve(trusted);
  expect(await seen(url, '203.0.113.7')).toBe('203.0.113.7');
  expect(await seen(url, '203.0.113.7, 10.1.2.3')).toBe('203.0.113.7');
  expect(await seen(url, '2001:db8::1')).toBe('2001:db8::1');
});

test('what a client writes into the header itself changes nothing [F6]', async () => {
  const url = await serve(trusted);
  expect(await seen(url, '198.51.100.1, 203.0.113.7')).toBe('203.0.113.7');
  expect(await seen(url, 'not-an-address, 10.1.2.3')).toBe('127.0.0.1');
  expect(await seen(url, '')).toBe('127.0.0.1');
  expect(await seen(url)).toBe('127.0.0.1');
});

test('without a trusted proxy the header says nothing [F6]', async () => {
  expect(await seen(await serve(new BlockList()), '203.0.113.7')).toBe('127.0.0.1');
});
