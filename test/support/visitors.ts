/** Clients that ask a service without a pause, each in its own way, and note every request that fails. */
import { once } from 'node:events';
import { connect, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import { Agent as HttpsAgent } from 'node:https';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { WebSocket } from 'ws';

export interface Site {
  /** Of 127.0.0.1, with TLS, whatever certificate is shown. */
  readonly port: number;
  readonly host: string;
}

/** Steady, not as much as the machine gives: what changes meanwhile needs some of it. */
const PAUSE_MS = 5;
const BODY = 'x'.repeat(10_000);

/** Asks once. @returns the body of a 200 @throws for anything else */
type Ask = () => Promise<string>;

/** Starts `each` clients of every kind: HTTP/1.1 on a connection that is kept, uploads in parts, and HTTP/2. */
export function startVisitors(site: Site, each: number) {
  const kept = new Agent({
    connections: 2 * each,
    pipelining: 1,
    allowH2: false,
    connect: { rejectUnauthorized: false, servername: site.host },
  });
  const modern = Array.from({ length: each }, () => http2Client(site));
  const asks: Readonly<Record<string, readonly Ask[]>> = {
    'HTTP/1.1': Array.from({ length: each }, () => () => askHttp1(site, kept)),
    upload: Array.from({ length: each }, () => () => uploadHttp1(site, kept)),
    'HTTP/2': modern.map(({ ask }) => ask),
  };
  let stopped = false;
  let requests = 0;
  const failed: string[] = [];

  async function visit(kind: string, ask: Ask): Promise<void> {
    while (!stopped) {
      requests += 1;
      await ask().catch((error: unknown) => failed.push(`${kind}: ${String(error)}`));
      await delay(PAUSE_MS);
    }
  }
  const all = Promise.all(Object.entries(asks).flatMap(([kind, each]) => each.map((ask) => visit(kind, ask))));
  return {
    requests: () => requests,
    async stop(): Promise<{ readonly requests: number; readonly failed: readonly string[] }> {
      stopped = true;
      await all;
      await kept.destroy();
      for (const { close } of modern) close();
      return { requests, failed };
    },
  };
}

async function askHttp1({ port, host }: Site, dispatcher: Agent): Promise<string> {
  const answer = await request(`https://127.0.0.1:${port}/`, { dispatcher, headers: { host } });
  return bodyOf(answer.statusCode, await answer.body.text());
}

async function uploadHttp1({ port, host }: Site, dispatcher: Agent): Promise<string> {
  const url = `https://127.0.0.1:${port}/upload`;
  const answer = await request(url, { dispatcher, method: 'POST', headers: { host }, body: Readable.from(parts()) });
  const text = bodyOf(answer.statusCode, await answer.body.text());
  if (!text.endsWith(` ${2 * BODY.length}`)) throw new Error(`it was not taken whole: ${text}`);
  return text;
}

async function* parts(): AsyncGenerator<string, void> {
  yield BODY;
  await delay(2 * PAUSE_MS);
  yield BODY;
}

/**
 * A client on one connection, as browsers have it: told to leave (GOAWAY), it opens another one, and asks again what
 * was not handled on the former one (RFC 9113, 6.8).
 */
function http2Client({ port, host }: Site) {
  let session: (ClientHttp2Session & { left?: boolean }) | undefined;

  function current(): ClientHttp2Session {
    if (session && !session.left && !session.closed && !session.destroyed) return session;
    const opened: typeof session = connect(`https://${host}`, {
      ...{ host: '127.0.0.1', port, servername: host, rejectUnauthorized: false },
    });
    opened.on('error', () => undefined).on('goaway', () => (opened.left = true));
    session = opened;
    return opened;
  }

  async function ask(): Promise<string> {
    const used = current();
    const stream = used.request({ ':path': '/', ':authority': host });
    try {
      return await answerOf(stream);
    } catch (error) {
      if (stream.rstCode !== REFUSED_STREAM) throw error;
      return await answerOf(current().request({ ':path': '/', ':authority': host }));
    }
  }
  return { ask, close: () => session?.destroy() };
}

/** RFC 9113, 7: it was not handled, and may be sent again. */
const REFUSED_STREAM = 7;

async function answerOf(stream: ClientHttp2Stream): Promise<string> {
  let status = 0;
  let text = '';
  stream
    .setEncoding('utf8')
    .on('response', (headers) => (status = headers[':status'] ?? 0))
    .on('data', (part: string) => (text += part))
    .end();
  await once(stream, 'close');
  return bodyOf(status, text);
}

function bodyOf(status: number, text: string): string {
  if (status === 200 && text !== '') return text;
  throw new Error(`status ${status}, ${JSON.stringify(text.slice(0, 100))}`);
}

/** An open WebSocket over TLS. */
export async function openChat({ port, host }: Site) {
  const socket = new WebSocket(`wss://127.0.0.1:${port}/`, [], {
    headers: { host },
    agent: new HttpsAgent({ servername: host, rejectUnauthorized: false }),
  });
  const closed = new Promise<string>((resolve) => void socket.once('close', () => resolve('cut')));
  await once(socket, 'open');
  return {
    /** @returns the answer, or "cut" */
    async says(text: string): Promise<string> {
      if (socket.readyState !== WebSocket.OPEN) return 'cut';
      const answer = once(socket, 'message').then(([said]) => String(said as Buffer));
      socket.send(text);
      return Promise.race([answer, closed]);
    },
    async close(): Promise<void> {
      socket.close();
      await closed;
    },
  };
}
