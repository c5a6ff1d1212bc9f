/** Limits for clients of the proxy, and the facts about them that services get. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { sendCommand } from '../../../../../activities/targets/podman/proxy/cli.ts';
import { parseFormer } from '../../../../../activities/targets/podman/proxy/runtime.ts';
import { freePort } from '../../../../../infra/dev/process.ts';
import { onCleanup } from '../../../../support/cleanup.ts';
import { eventually } from '../../../../support/eventually.ts';
import { get, upload } from './clients.ts';
import { stage, version, type Version } from './stage.ts';

let service: Version;
beforeAll(async () => {
  service = await version('one');
});

/** A client that writes what it likes. */
async function raw(port: number) {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  onCleanup(() => void socket.destroy());
  let answer = '';
  socket.on('error', () => undefined).on('data', (part: string) => (answer += part));
  const begins = new Promise<string>((resolve) => void socket.once('data', resolve));
  const ended = new Promise<string>((resolve) => void socket.once('close', () => resolve(answer)));
  const open = new Promise<void>((resolve) => void socket.once('connect', resolve));
  await Promise.race([ended, open]);
  return {
    /** The bytes that it was sent until it was closed. */
    ended,
    /** The first part of what it is sent. */
    begins,
    send: (text: string) => void socket.write(text),
    close: () => void socket.destroy(),
  };
}

/** One that has been answered, and stays: what is only connected may not have been counted yet. */
async function served(port: number) {
  const client = await raw(port);
  client.send('GET / HTTP/1.1\r\nHost: shop\r\n\r\n');
  return { ...client, begins: (await client.begins).split('\r\n')[0] };
}

describe('a slow client', () => {
  test('has its time for a header, however it sends it; a body that comes may take longer [F5][B18]', async () => {
    const { published, web } = await stage({ timeouts: { request: '1s' } });
    const port = await published('web', service.port);
    const slow = await raw(port);
    slow.send('GET / HTTP/1.1\r\nHost: shop\r\n');
    // It is never silent for long.
    const drip = setInterval(() => slow.send('X: y\r\n'), 100);
    onCleanup(() => clearInterval(drip));
    // The same within HTTP/2: a connection that never asks anything.
    const idle = connectTls({
      port: web.httpsPort,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      ALPNProtocols: ['h2'],
    });
    onCleanup(() => void idle.destroy());
    const left = new Promise<string>((resolve) => void idle.once('close', () => resolve('closed')));
    idle.on('error', () => undefined).write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0');
    idle.resume();
    const steady = upload(port);
    await steady.send('first');

    expect(await left).toBe('closed');
    expect(await slow.ended).toMatch(/^HTTP\/1\.1 408 /);
    await steady.send('second');
    expect(await steady.finish()).toBe('one 11');
  });

  test('has so many connections and no more: others are served [F5][B18]', async () => {
    const { published, masterSocket } = await stage({ connectionsPerClient: 3 });
    const [port, tcp] = [await published('web', service.port), await published('queue', service.port, 'tcp')];
    await eventually('the worker of before to take no more connections', async () => {
      return parseFormer(await sendCommand(masterSocket, 'show proc')).length === 0;
    });
    // All services count together.
    const held = [await served(port), await served(tcp), await served(port)];
    expect(held.map(({ begins }) => begins)).toEqual(['HTTP/1.1 200 OK', 'HTTP/1.1 200 OK', 'HTTP/1.1 200 OK']);

    expect(await (await raw(port)).ended).toBe('');
    expect(await (await raw(tcp)).ended).toBe('');
    // Another address of this machine is another client.
    const socket = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.9' }).setEncoding('utf8');
    onCleanup(() => void socket.destroy());
    socket.end('GET / HTTP/1.0\r\n\r\n');
    expect(String((await once(socket, 'data'))[0])).toContain('200 OK');
  });
});

test('a header beyond 15 kB or 100 fields is refused; up to that it reaches the service [F5]', async () => {
  const { published } = await stage();
  const port = await published('web', service.port);
  const large = (bytes: number) => get(port, '/', { headers: { 'x-large': 'x'.repeat(bytes) } });
  const many = (fields: number) =>
    get(port, '/', { headers: Object.fromEntries(Array.from({ length: fields }, (_, n) => [`x-${n}`, 'x'])) });
  expect([(await large(14_000)).status, (await many(90)).status]).toEqual([200, 200]);
  expect([(await large(16_000)).status, (await many(150)).status]).toEqual([400, 400]);
});

test('a service that does not answer is a page of its own, to be asked again soon [C5][B18]', async () => {
  const { published } = await stage({ timeouts: { server: '1s' } });
  const [down, silent] = [await published('down', await freePort()), await published('slow', service.port)];
  const page = await get(down);
  expect(page).toMatchObject({
    status: 503,
    headers: { 'retry-after': '5', 'cache-control': 'no-store', 'content-type': 'text/html; charset=utf-8' },
  });
  expect(page.text).toContain('<h1>Unavailable</h1>');
  // It loads nothing from elsewhere, and names no part of the host.
  expect(page.text).not.toMatch(/https?:|src=|href=|url\(|haproxy|landfall|127\.0\.0\.1/i);
  // A service that begins no answer within its time, and a client that leaves it waiting for the rest of a body.
  const late = await get(silent, '/silent');
  expect(late).toMatchObject({ status: 504 });
  expect(late.text).toContain('<h1>Gateway timeout</h1>');
  const unfinished = upload(silent);
  await unfinished.send('x');
  expect(await unfinished.answer).toContain('<h1>Gateway timeout</h1>');
  // A service's own answers stay its own.
  expect(await get(silent, '/unavailable')).toMatchObject({ status: 503, text: 'one is away' });
});

describe('what a service is told of its client', () => {
  const CLAIMS = {
    'x-forwarded-for': '203.0.113.9',
    X_Forwarded_For: '203.0.113.10',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'bank.example',
    'x-forwarded-port': '443',
    forwarded: 'for=203.0.113.9',
    'x-real-ip': '203.0.113.9',
    host: 'shop.example',
  };
  const told = async (port: number, headers: Readonly<Record<string, string>> = CLAIMS) => {
    const all = JSON.parse((await get(port, '/headers', { headers })).text) as Record<string, string>;
    return Object.fromEntries(Object.entries(all).filter(([name]) => /forwarded|real/.test(name)));
  };
  const OURS = { 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http', 'x-forwarded-host': 'shop.example' };

  test('is what the proxy knows, whatever the client claims; a trusted proxy is believed [F5][B18]', async () => {
    const { published } = await stage();
    expect(await told(await published('web', service.port))).toEqual(OURS);

    const behind = await stage({
      trustedProxies: ['10.0.0.0/8', '2001:db8::/32', '127.0.0.1'],
      connectionsPerClient: 1,
    });
    const port = await behind.published('web', service.port);
    expect(await told(port)).toMatchObject({
      'x-forwarded-for': '203.0.113.9, 127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'bank.example',
    });
    expect(await told(port, { host: 'shop.example' })).toEqual(OURS);
    // All of its clients come by it.
    const held = [await served(port), await served(port)];
    expect((await get(port)).text).toBe('one');
    for (const one of held) one.close();
  });
});
