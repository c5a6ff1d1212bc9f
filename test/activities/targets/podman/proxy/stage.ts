/** A real HAProxy with services behind it that are programs of the test. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { createProxy } from '../../../../../activities/targets/podman/proxy/proxy.ts';
import type { ProxySettings } from '../../../../../contracts/config/host.ts';
import { freePort } from '../../../../../infra/dev/process.ts';
import { onCleanup } from '../../../../support/cleanup.ts';
import { testProxy } from '../../../../support/proxy.ts';

/** A proxy of the test's own. */
export async function stage(settings: Partial<ProxySettings> = {}) {
  const { configFile, adminSocket, masterSocket } = await testProxy();
  const proxy = createProxy({ configFile, adminSocket, masterSocket, ...settings });
  const publish = async (service: string, port: number, to: number, mode: 'http' | 'tcp' = 'http') =>
    proxy.route({ id: `shop.${service}.production`, address: '127.0.0.1', port, mode }, to);
  return {
    proxy,
    configFile,
    masterSocket,
    publish,
    /** Publishes a new service. @returns its port */
    async published(service: string, to: number, mode: 'http' | 'tcp' = 'http'): Promise<number> {
      const port = await freePort();
      await publish(service, port, to, mode);
      return port;
    },
  };
}

/**
 * One version of a service. Everything that it answers begins with its name.
 *
 * - `GET /`: the name; `GET /headers`: what it was sent, as JSON
 * - `GET /events` and `GET /download`: what {@link Version.send} sends, until {@link Version.finish}
 * - `POST /upload`: the number of bytes, at their end
 * - `GET /silent`: nothing; `GET /unavailable`: a 503 of its own
 * - a WebSocket: what it is sent
 */
export type Version = Awaited<ReturnType<typeof version>>;

export async function version(name: string) {
  const open = new Set<ServerResponse>();
  const server = createServer((request, response) => void answer(request, response));
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) => {
    socket.on('message', (said) => socket.send(Buffer.concat([Buffer.from(`${name} `), said as Buffer])));
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url === '/events' || request.url === '/download') {
      response.setHeader('content-type', request.url === '/events' ? 'text/event-stream' : 'application/octet-stream');
      open.add(response);
      response.once('close', () => open.delete(response)).write(`${name}\n`);
      return;
    }
    if (request.url === '/silent') return;
    if (request.url === '/unavailable') response.statusCode = 503;
    let bytes = 0;
    const body: AsyncIterable<Buffer> = request;
    try {
      for await (const part of body) bytes += part.length;
    } catch {
      return;
    }
    const said: Record<string, string> = {
      '/': name,
      '/headers': JSON.stringify(request.headers),
      '/unavailable': `${name} is away`,
    };
    response.end(said[request.url ?? ''] ?? `${name} ${bytes}`);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onCleanup(() => {
    for (const socket of sockets.clients) socket.terminate();
    server.closeAllConnections();
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    /** Sends this to all that read events or downloads. */
    send: (text: string) => open.forEach((response) => response.write(`${text}\n`)),
    finish: () => open.forEach((response) => response.end('end\n')),
  };
}
