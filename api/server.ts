import { createAdaptorServer } from '@hono/node-server';
import { once } from 'node:events';
import { Server } from 'node:http';
import type { Hono } from 'hono';
import type { ApiEnv } from './deps.ts';

export interface ServerLimits {
  /** The time in which the headers of a request must be there. */
  readonly headersTimeoutMs: number;
  /** Until all of a request must be there; GitHub itself gives up after 10 s. */
  readonly requestTimeoutMs: number;
  /** The interval in which the two above are checked. Node reads it at creation only; its own default is 30 s. */
  readonly checkIntervalMs: number;
  /** The time that answers under way may take once we have to close. */
  readonly drainMs: number;
}

const LIMITS: ServerLimits = {
  headersTimeoutMs: 5_000,
  requestTimeoutMs: 15_000,
  checkIntervalMs: 1_000,
  drainMs: 5_000,
};

interface ServerOptions {
  readonly app: Hono<ApiEnv>;
  readonly hostname: string;
  /** 0: any free one. */
  readonly port: number;
  readonly limits?: Partial<ServerLimits>;
}

export interface RunningServer {
  /** `http://127.0.0.1:8080` */
  readonly url: string;
  /** Ends streams, lets other answers finish (bounded), and closes. May be called twice. */
  close(): Promise<void>;
}

/**
 * Listens. Slow and silent clients are closed.
 *
 * @throws what `listen` throws, e.g. `EADDRINUSE`
 */
export async function startServer({ app, hostname, port, limits }: ServerOptions): Promise<RunningServer> {
  const { headersTimeoutMs, requestTimeoutMs, checkIntervalMs, drainMs } = { ...LIMITS, ...limits };
  const closing = new AbortController();
  const server = createAdaptorServer({
    fetch: (request, env) => app.fetch(request, { ...env, closing: closing.signal }),
    serverOptions: {
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      connectionsCheckingInterval: checkIntervalMs,
    },
  });
  if (!(server instanceof Server))
    throw new TypeError('the adaptor was asked for plain HTTP/1.1 and made something else');
  server.listen(port, hostname);
  await once(server, 'listening');

  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  const host = hostname.includes(':') ? `[${hostname}]` : hostname;

  return {
    url: `http://${host}:${bound}`,
    async close() {
      closing.abort();
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      const drained = setTimeout(() => server.closeAllConnections(), drainMs);
      await closed;
      clearTimeout(drained);
    },
  };
}
