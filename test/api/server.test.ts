import { describe, expect, test } from '@jest/globals';
import { Hono } from 'hono';
import { stream } from 'hono/streaming';
import { connect, type Socket } from 'node:net';
import { startServer } from '../../api/server.ts';
import type { ApiEnv } from '../../api/deps.ts';
import { onCleanup } from '../support/cleanup.ts';

const LIMITS = { headersTimeoutMs: 300, requestTimeoutMs: 600, checkIntervalMs: 50, drainMs: 200 };

async function start(app: Hono<ApiEnv>) {
  const server = await startServer({ app, hostname: '127.0.0.1', port: 0, limits: LIMITS });
  onCleanup(() => server.close());
  return server;
}

/** A slow client: it sends the opening, then one bit after the other. @returns the bytes that came until the server closed */
async function slowly(url: string, opening: string, drip: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket: Socket = connect(Number(port), hostname);
  let received = '';
  socket.on('data', (data: Buffer) => (received += data.toString()));
  socket.on('error', () => undefined);
  socket.write(opening);
  const dripping = setInterval(() => socket.write(drip), 40);
  await new Promise((resolve) => socket.on('close', resolve));
  clearInterval(dripping);
  return received;
}

function echo(): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();
  app.post('/', async (c) => c.text(await c.req.text()));
  return app;
}

describe('the server', () => {
  test('a client that never finishes its headers is closed with 408', async () => {
    const { url } = await start(echo());
    expect(await slowly(url, 'POST / HTTP/1.1\r\nHost: x\r\n', 'X-A: b\r\n')).toMatch(/^HTTP\/1\.1 408/);
  });

  test('a client that never finishes its body is closed with 408', async () => {
    const { url } = await start(echo());
    const opening = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n';
    expect(await slowly(url, opening, 'a')).toMatch(/^HTTP\/1\.1 408/);
  });

  test('others are served meanwhile', async () => {
    const { url } = await start(echo());
    const slow = slowly(url, 'POST / HTTP/1.1\r\nHost: x\r\n', 'X-A: b\r\n');
    const response = await fetch(url, { method: 'POST', body: 'hello' });
    expect(await response.text()).toBe('hello');
    await slow;
  });

  test('closing tells streams to end, lets an answer finish, and takes nobody new', async () => {
    const { promise: finishing, resolve: finish } = Promise.withResolvers<undefined>();
    const app = new Hono<ApiEnv>();
    app.get('/stream', (c) =>
      stream(c, async (out) => {
        await out.write('first ');
        await new Promise((resolve) => c.env.closing?.addEventListener('abort', resolve));
        await out.write('last');
        finish(undefined);
      }),
    );
    const { promise: asked, resolve: ask } = Promise.withResolvers<undefined>();
    app.get('/answer', async (c) => {
      ask(undefined);
      await finishing;
      return c.text('whole');
    });
    const server = await start(app);
    const [streamed, answer] = [await fetch(`${server.url}/stream`), fetch(`${server.url}/answer`)];
    await asked;
    await server.close();
    expect(await streamed.text()).toBe('first last');
    expect(await (await answer).text()).toBe('whole');
    await expect(fetch(server.url)).rejects.toThrow();
  });

  test('what does not end in time is cut off, and closing twice is closing once', async () => {
    const { promise: asked, resolve: ask } = Promise.withResolvers<undefined>();
    const app = new Hono<ApiEnv>();
    app.get('/', () => {
      ask(undefined);
      return new Promise<Response>(() => undefined);
    });
    const server = await start(app);
    const hanging = fetch(server.url);
    hanging.catch(() => undefined);
    await asked;
    await Promise.all([server.close(), server.close()]);
    await expect(hanging).rejects.toThrow();
  });

  test('a port that is taken is an error', async () => {
    const { url } = await start(echo());
    const port = Number(new URL(url).port);
    await expect(startServer({ app: echo(), hostname: '127.0.0.1', port })).rejects.toThrow(/EADDRINUSE/);
  });
});
