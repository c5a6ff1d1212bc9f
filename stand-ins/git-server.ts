/** Real smart HTTP: `git http-backend` (git-http-backend(1)) behind a Node server, so that tests clone as users do. */
import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';

export interface BasicCredentials {
  readonly user: string;
  readonly password: string;
}

interface BackendOptions {
  /** Holds the bare repositories: `/acme/shop.git/info/refs` is served from `{root}/acme/shop.git`. */
  readonly root: string;
  /** The user who was let in; a push needs one. */
  readonly user?: string;
}

/** Answers one git request on an existing server. Resolves when it has been answered; authorise before calling it. */
export async function gitHttpBackend(
  req: IncomingMessage,
  res: ServerResponse,
  { root, user }: BackendOptions,
): Promise<void> {
  const url = new URL(req.url ?? '/', 'http://git');
  const backend = spawn('git', ['http-backend'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_NOSYSTEM: '1',
      // The bare repositories are written by the test itself, perhaps under another user id.
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'safe.directory',
      GIT_CONFIG_VALUE_0: '*',
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: req.method,
      REMOTE_ADDR: '127.0.0.1',
      ...(user !== undefined && { REMOTE_USER: user }),
      ...variable('CONTENT_TYPE', req.headers['content-type']),
      ...variable('CONTENT_LENGTH', req.headers['content-length']),
      ...variable('HTTP_CONTENT_ENCODING', req.headers['content-encoding']),
      ...variable('GIT_PROTOCOL', req.headers['git-protocol']),
    },
  });
  res.on('close', () => backend.kill());
  // A client that goes away, or a backend that has read enough, ends this early: there is nothing to report.
  const received = pipeline(req, backend.stdin).catch(() => undefined);

  let head = Buffer.alloc(0);
  for await (const chunk of backend.stdout as AsyncIterable<Buffer>) {
    if (res.headersSent) {
      res.write(chunk);
      continue;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) continue;
    writeHead(res, head.subarray(0, end).toString());
    res.write(head.subarray(end + 4));
  }
  await received;
  if (!res.headersSent) res.writeHead(500);
  res.end();
}

/** The user and password of a Basic `Authorization` header, if that is what it is. */
export function basicCredentials(req: IncomingMessage): BasicCredentials | undefined {
  const encoded = /^Basic (\S+)$/i.exec(req.headers.authorization ?? '')?.[1];
  const text = Buffer.from(encoded ?? '', 'base64').toString();
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** Asks for Basic credentials, as GitHub does for a repository that one may not see. */
export function refuseGit(res: ServerResponse): void {
  res.writeHead(401, { 'www-authenticate': 'Basic realm="git"', 'content-type': 'text/plain' });
  res.end('authentication required\n');
}

export interface GitServer {
  /** `http://127.0.0.1:PORT`, without a slash at its end. */
  readonly url: string;
  stop(): Promise<void>;
}

interface GitServerOptions {
  readonly root: string;
  /** True when these credentials may read and write. Without it, every client may. */
  readonly authorize?: (credentials: BasicCredentials | undefined, path: string) => boolean;
  /** Sees every request first; answers it by itself when it returns `true`. For faults. */
  readonly intercept?: (req: IncomingMessage, res: ServerResponse) => boolean | Promise<boolean>;
}

/** Serves every bare repository under `root` on an ephemeral port of the loopback address. */
export async function startGitServer({ root, authorize, intercept }: GitServerOptions): Promise<GitServer> {
  const answer = async (req: IncomingMessage, res: ServerResponse) => {
    if (await intercept?.(req, res)) return;
    const credentials = basicCredentials(req);
    if (authorize && !authorize(credentials, req.url ?? '/')) refuseGit(res);
    else await gitHttpBackend(req, res, { root, user: credentials?.user ?? 'anonymous' });
  };
  const server = createServer((req, res) => {
    answer(req, res).catch((error: unknown) => res.destroy(error instanceof Error ? error : undefined));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

/** A header that was sent twice is joined as GIT_PROTOCOL is, the only one that may be: by colons (git(1)). */
function variable(name: string, value: string | readonly string[] | undefined): Record<string, string> {
  return value === undefined ? {} : { [name]: [value].flat().join(':') };
}

/** CGI's header block; its `Status` is HTTP's status line. */
function writeHead(res: ServerResponse, block: string): void {
  let status = 200;
  for (const line of block.split('\r\n')) {
    const [name = '', value = ''] = line.split(/: ?(.*)/s);
    if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10);
    else res.setHeader(name, value);
  }
  res.writeHead(status);
}
