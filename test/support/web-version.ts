/** A service on the web, as a program of the test. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

/**
 * One version of a service. Everything that it answers begins with its name.
 *
 * - `GET /`: the name; `GET /headers`: what it was sent, as JSON
 * - `GET /events` and `GET /download`: what {@link WebVersion.send} sends, until {@link WebVersion.finish}
 * - `POST /upload`: the number of bytes, at their end
 * - `GET /silent`: nothing; `GET /unavailable`: a 503 of its own
 * - a WebSocket: what it is sent
 */
export type WebVersion = Awaited<ReturnType<typeof startVersion>>;

export async function startVersion(name: string) {
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
  return {
    port: (server.address() as AddressInfo).port,
    /** Sends this to all that read events or downloads. */
    send: (text: string) => open.forEach((response) => response.write(`${text}\n`)),
    finish: () => open.forEach((response) => response.end('end\n')),
    stop(): void {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      server.close();
    },
  };
}
