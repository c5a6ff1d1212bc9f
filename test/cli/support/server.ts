/** An HTTP server with a test's answers that remembers its requests. */
import { serve } from '@hono/node-server';
import { once } from 'node:events';
import { Hono } from 'hono';
import type { AddressInfo } from 'node:net';

export const TOKEN = 'a-token-that-must-never-be-printed';

export interface TestServer {
  readonly url: string;
  readonly app: Hono;
  /** `METHOD /path` of every request so far. */
  readonly asked: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** A request without {@link TOKEN} gets 401, as from the API. */
export async function startServer(routes: (app: Hono) => void): Promise<TestServer> {
  const asked: string[] = [];
  const app = new Hono();
  app.use(async (c, next) => {
    asked.push(`${c.req.method} ${c.req.path}`);
    if (c.req.header('authorization') === `Bearer ${TOKEN}`) return next();
    return problem(401, 'Unauthorized', 'This access token is not known.');
  });
  routes(app);
  app.notFound((c) => problem(404, 'Not Found', `There is no ${c.req.path}.`));
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  return {
    url,
    app,
    asked,
    env: { LANDFALL_URL: url, LANDFALL_TOKEN: TOKEN },
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      if ('closeAllConnections' in server) server.closeAllConnections();
      await closed;
    },
  };
}

/** RFC 9457, as api/http/problem.ts writes it. */
export const problem = (status: number, title: string, detail: string): Response =>
  new Response(JSON.stringify({ type: `urn:landfall:problem:${title}`, title, status, detail }), {
    status,
    headers: { 'content-type': 'application/problem+json' },
  });
