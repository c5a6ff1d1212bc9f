/** Real clients of a published service, which the test drives step by step. */
import { once } from 'node:events';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { WebSocket } from 'ws';
import { onCleanup } from '../../../../support/cleanup.ts';

/** Asks once, on a connection that is kept by `agent`, or one of its own. */
export async function get(port: number, path = '/', { headers = {}, agent }: Asking = {}): Promise<Answer> {
  const request = httpRequest({ host: '127.0.0.1', port, path, headers, agent: agent ?? false }).end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, headers: response.headers, text: await textOf(response) };
}

interface Asking {
  readonly headers?: Readonly<Record<string, string>>;
  readonly agent?: Agent;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of response.setEncoding('utf8') as AsyncIterable<string>) text += part;
  return text;
}

/** One connection for all requests. */
export function keepAlive(): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onCleanup(() => agent.destroy());
  return agent;
}

/** A WebSocket that is open. */
export async function webSocket(port: number) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
  onCleanup(() => socket.terminate());
  const closed = once(socket, 'close').then(() => 'cut');
  await once(socket, 'open');
  return {
    closed,
    close: () => socket.close(),
    /** @returns the answer, or "cut" */
    async says(text: string): Promise<string> {
      const answer = once(socket, 'message').then(([data]) => String(data as Buffer));
      socket.send(text);
      return Promise.race([answer, closed]);
    },
  };
}

/** A WebSocket as browsers open it on a connection that speaks HTTP/2 already (RFC 8441). */
export async function webSocketOverHttp2(port: number, host: string) {
  const session = connectHttp2(`https://${host}`, {
    ...{ host: '127.0.0.1', port, servername: host, rejectUnauthorized: false },
  });
  onCleanup(() => session.destroy());
  session.on('error', () => undefined);
  await once(session, 'remoteSettings');
  const stream = session.request({
    ...{ ':method': 'CONNECT', ':protocol': 'websocket', ':path': '/', ':authority': host },
    'sec-websocket-version': '13',
  });
  stream.on('error', () => undefined);
  const closed = new Promise<string>((resolve) => void stream.once('close', () => resolve('cut')));
  const [head] = (await once(stream, 'response')) as [{ ':status'?: number }];
  if (head[':status'] !== 200) throw new Error(`It was refused with ${String(head[':status'])}.`);
  return {
    /** @param text - of at most 125 bytes, which fit a short frame (RFC 6455, 5.2). @returns the answer, or "cut" */
    async says(text: string): Promise<string> {
      const answer = once(stream, 'data').then(([frame]) => (frame as Buffer).subarray(2).toString());
      stream.write(Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]));
      return Promise.race([answer, closed]);
    },
  };
}

/** An answer that is read line by line: events, or a download. */
export async function reader(port: number, path: string) {
  const request = httpRequest({ host: '127.0.0.1', port, path, agent: false }).end();
  onCleanup(() => void request.destroy());
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const lines = linesOf(response);
  return {
    /** @returns the next line; "end" after the last one that was sent whole, "cut" after another */
    async next(): Promise<string> {
      try {
        const line = await lines.next();
        return line.done === true ? 'end' : line.value;
      } catch {
        return 'cut';
      }
    },
    close: () => void request.destroy(),
  };
}

async function* linesOf(response: IncomingMessage): AsyncGenerator<string, void> {
  let rest = '';
  for await (const part of response.setEncoding('utf8') as AsyncIterable<string>) {
    const lines = (rest + part).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

/** A request with a body that comes in parts. */
export function upload(port: number) {
  const request = httpRequest({ host: '127.0.0.1', port, path: '/upload', method: 'POST', agent: false });
  request.on('error', () => undefined).flushHeaders();
  onCleanup(() => void request.destroy());
  const answer = new Promise<IncomingMessage>((resolve) => void request.once('response', resolve)).then(textOf);
  return {
    /** It may come before the body's end. */
    answer,
    send: (part: string) => new Promise<void>((resolve) => void request.write(part, () => resolve())),
    async finish(): Promise<string> {
      request.end();
      return answer;
    },
  };
}
