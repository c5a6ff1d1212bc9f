/** Clients of a host's ports for the web, as real ones are: HTTP/1.1 by undici, HTTP/2 over TLS by Node. */
import { connect, type IncomingHttpHeaders, type IncomingHttpStatusHeader } from 'node:http2';
import { Client } from 'undici';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

interface Asked {
  /** 127.0.0.1 when not given. */
  readonly address?: string;
  readonly port: number;
  /** The name, as a client knows it. */
  readonly host: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** @param tls - over TLS, whatever certificate is shown */
export async function ask(
  { address = '127.0.0.1', port, host, path = '/', headers = {} }: Asked,
  tls = false,
): Promise<Answer> {
  const client = new Client(`${tls ? 'https' : 'http'}://${address}:${port}`, {
    allowH2: false,
    ...(tls && { connect: { rejectUnauthorized: false, servername: host } }),
  });
  try {
    const answer = await client.request({ path, method: 'GET', headers: { host, ...headers } });
    return { status: answer.statusCode, headers: answer.headers, body: await answer.body.text() };
  } finally {
    await client.destroy();
  }
}

/** @returns the protocol that ALPN chose as well */
export async function askHttp2({
  address = '127.0.0.1',
  port,
  host,
  path = '/',
  headers = {},
}: Asked): Promise<Answer & { alpn: string }> {
  const session = connect(`https://${host}`, {
    host: address,
    port,
    servername: host,
    rejectUnauthorized: false,
  });
  try {
    return await new Promise((resolve, reject) => {
      session.once('error', reject);
      const stream = session.request({ ':path': path, ':authority': host, ...headers });
      let body = '';
      let answered: IncomingHttpHeaders & IncomingHttpStatusHeader = {};
      stream
        .setEncoding('utf8')
        .once('error', reject)
        .once('response', (given) => (answered = given))
        .on('data', (part: string) => (body += part))
        .once('end', () => {
          resolve({ status: Number(answered[':status']), headers: answered, body, alpn: String(session.alpnProtocol) });
        })
        .end();
    });
  } finally {
    session.destroy();
  }
}
