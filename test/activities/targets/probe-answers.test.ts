/** One health request, and its report of the answer. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { probeHttp, type ProbeOptions } from '../../../activities/targets/probe.ts';
import { Secret } from '../../../contracts/core/secret.ts';
import type { HealthSettings } from '../../../contracts/config/service.ts';
import { onCleanup } from '../../support/cleanup.ts';

const HOST = 'shop.example';
const { signal } = new AbortController();

async function ask(
  answer: RequestListener,
  health: Partial<HealthSettings> = {},
  options: Partial<ProbeOptions> = {},
): Promise<{ readonly said: string | null; readonly at: string }> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onCleanup(() => {
    server.close().closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const at = { address: '127.0.0.1', port };
  const settings = { path: '/health', status: 200, ...health };
  const said = await probeHttp(at, settings, { signal, timeoutMs: 2_000, secrets: [], ...options });
  return { said, at: `127.0.0.1:${port}` };
}

const saying =
  (status: number, body: string | Buffer, headers = {}): RequestListener =>
  (_request, response) =>
    void response.writeHead(status, headers).end(body);

test('the Host header is the one that the settings name [E6]', async () => {
  const strict: RequestListener = ({ headers: { host } }, response) =>
    void response.writeHead(host === HOST ? 200 : 400).end(`Invalid HTTP_HOST header: ${host}`);

  expect((await ask(strict, { host: HOST })).said).toBeNull();
  const { said, at } = await ask(strict);
  expect(said).toBe(
    `GET http://${at}/health (Host: ${at}) answered 400, not 200. Its body begins: "Invalid HTTP_HOST header: ${at}"`,
  );
});

test('what was sent is said where nothing came, too [E6]', async () => {
  const { said, at } = await ask(() => undefined, { host: HOST }, { timeoutMs: 200 });

  expect(said).toBe(`GET http://${at}/health (Host: ${HOST}) was not answered within 200 ms`);
});

test.each([
  ['all of it', 'ready', 'ready'],
  ['within more', 'status=ready;', 'ready'],
  ['beyond ASCII', 'ist verfügbar ✓', 'verfügbar ✓'],
  ['at the end of what is read', `${'x'.repeat(65_531)}ready`, 'ready'],
])('a body that holds the text is healthy: %s [E6]', async (_name, body, text) => {
  expect((await ask(saying(200, body), { expect: text })).said).toBeNull();
});

test('a text that arrives in pieces, one byte at a time, is found before the answer ends [E6]', async () => {
  const pieces: RequestListener = (_request, response) => {
    const [first = 0, ...rest] = Buffer.from('…ready');
    response.write(Buffer.of(first));
    const next = () => {
      const byte = rest.shift();
      if (byte !== undefined) response.write(Buffer.of(byte), () => setImmediate(next));
    };
    setImmediate(next);
  };

  expect((await ask(pieces, { expect: 'ready' })).said).toBeNull();
});

test.each([
  [
    'another one',
    saying(200, 'starting'),
    /answered 200, and its body does not hold "ready"\. Its body begins: "starting"$/,
  ],
  ['none', saying(200, ''), /answered 200, with no body, which should hold "ready"$/],
  [
    'more than is read',
    saying(200, `${'x'.repeat(65_532)}ready`),
    /the first 65536 bytes of its body do not hold "ready"/,
  ],
  [
    'one that does not end',
    (_request, response) => void response.write('starting'),
    /what came of its body within 400 ms does not hold "ready"\. Its body begins: "starting"/,
  ],
  ['an encoded one', saying(200, 'x', { 'content-encoding': 'gzip' }), /its body is encoded \(gzip\)/],
  [
    'one that breaks off',
    (_request, response) => void response.write('star', () => response.destroy()),
    /does not hold "ready"/,
  ],
] satisfies [string, RequestListener, RegExp][])(
  'a body that does not hold the text fails: %s [E6]',
  async (_name, answer, words) => {
    expect((await ask(answer, { expect: 'ready' }, { timeoutMs: 400 })).said).toMatch(words);
  },
);

test('an answer without end costs a bounded part of it [E6]', async () => {
  let written = 0;
  const endless: RequestListener = (_request, response) => {
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536, 'x'))) written += 65_536;
    };
    response.on('drain', more);
    more();
  };

  const { said } = await ask(endless, { expect: 'ready' }, { timeoutMs: 30_000 });

  expect(said).toMatch(/the first 65536 bytes/);
  expect(said?.length).toBeLessThan(600);
  // Less than the sockets of both sides hold.
  expect(written).toBeLessThan(64 * 1024 * 1024);
});

test('the body is shown as plain text on one line, without secrets, and not cut inside a character [E6][F6]', async () => {
  const secret = new Secret('hunter2-is-long-enough');
  const body = `<b>\u001b[31mno\r\ndatabase\u202e at hunter2-is-long-enough</b> ${'😀'.repeat(300)}`;
  const bytes = Buffer.concat([Buffer.from([0xff, 0xfe, 0]), Buffer.from(body)]);

  const { said } = await ask(saying(500, bytes), {}, { secrets: [secret] });

  expect(said).toMatch(/answered 500, not 200\. Its body begins: "<b>/);
  expect(said).toContain('database');
  expect(said).not.toContain('hunter2');
  expect(said).not.toMatch(/[\p{Cc}\p{Cf}\uFFFD]/u);
  expect(said?.isWellFormed()).toBe(true);
  expect(said?.length).toBeLessThan(400);
});

test.each([2, 190, 195, 4_080])('a secret that begins at byte %i of the body is not seen in part [F6]', async (at) => {
  const secret = new Secret('0123456789abcdefghijklmnopqrstuvwxyz'.repeat(200));

  const { said } = await ask(saying(500, `${' x'.repeat(at / 2)}${secret.reveal()}`), {}, { secrets: [secret] });

  expect(said).not.toContain('0123');
});

test.each([
  [
    'a redirect',
    saying(302, 'go to /in?token=abc', { location: 'https://login.example/in?token=abc' }),
    { secrets: [] },
  ],
  ['whose secrets are not known', saying(500, 'token=abc'), {}],
] satisfies [string, RequestListener, Partial<ProbeOptions>][])(
  'the body of an answer is left out: %s [F6]',
  async (_name, answer, options) => {
    const server = createServer(answer);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onCleanup(() => void server.close());
    const { port } = server.address() as AddressInfo;

    const said = await probeHttp(
      { address: '127.0.0.1', port },
      { path: '/', status: 200 },
      { signal, timeoutMs: 2_000, ...options },
    );

    expect(said).toMatch(/answered \d+/);
    expect(said).not.toContain('token');
  },
);
