/**
 * In front of the run's registry: lets in whoever shows a token that it has given (Distribution, "Token Authentication
 * Specification"), as GHCR, Docker Hub and Harbor do.
 */
import { randomUUID } from 'node:crypto';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onCleanup } from './cleanup.ts';
import { testRegistry } from './registry.ts';

interface GateOptions {
  /** `user:password` that may pull and push; everybody may pull. */
  readonly login: string;
  readonly expiresIn?: number;
  /** Changes the answer of the token server. */
  readonly tokenAnswer?: { readonly status: number; readonly body: string };
  /** In place of the gate's own address. */
  readonly realm?: string;
}

/** @returns its address, and the requests to the token server */
export async function startTokenGate({ login, expiresIn, tokenAnswer, realm }: GateOptions) {
  const given = new Map<string, string>();
  const asked: string[] = [];
  const expected = `Basic ${Buffer.from(login).toString('base64')}`;

  function give(req: IncomingMessage, res: ServerResponse, url: URL): void {
    const scope = url.searchParams.get('scope') ?? '';
    const { authorization } = req.headers;
    asked.push(`${scope}${authorization === undefined ? ' (anonymous)' : ''}`);
    if (tokenAnswer) return void res.writeHead(tokenAnswer.status).end(tokenAnswer.body);
    const isKnown = authorization === expected;
    if (authorization !== undefined && !isKnown) {
      return void res.writeHead(401).end('{"errors":[{"code":"UNAUTHORIZED","message":"no such user"}]}');
    }
    const token = randomUUID();
    given.set(token, isKnown ? scope : scope.replace(',push', '').replace('push,', ''));
    res.end(JSON.stringify({ token, ...(expiresIn !== undefined && { expires_in: expiresIn }) }));
  }

  const server = createServer((req, res) => {
    const url = new URL(req.url ?? '/', `http://${req.headers.host ?? ''}`);
    if (url.pathname === '/token') {
      give(req, res, url);
      return;
    }
    const name = /^\/v2\/(.+)\/(?:manifests|blobs)\//.exec(url.pathname)?.[1];
    const action = ['GET', 'HEAD'].includes(req.method ?? '') ? 'pull' : 'pull,push';
    const scope = given.get(/^Bearer (.+)$/.exec(req.headers.authorization ?? '')?.[1] ?? '');
    const allowed = scope !== undefined && (name === undefined || scope === '' || covers(scope, name, action));
    if (allowed) {
      forward(req, res);
      return;
    }
    req.resume();
    const challenge = `Bearer realm="${realm ?? `${url.origin}/token`}",service="gate"`;
    const header = name === undefined ? challenge : `${challenge},scope="repository:${name}:${action}"`;
    res
      .writeHead(401, { 'www-authenticate': header })
      .end('{"errors":[{"code":"UNAUTHORIZED","message":"a token is wanted"}]}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onCleanup(() => {
    server.close();
    server.closeAllConnections();
  });
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const covers = (scope: string, name: string, action: string): boolean =>
  action.split(',').every((one) => new RegExp(`^repository:${name}:(?:.*,)?${one}(?:,|$)`).test(scope));

function forward(req: IncomingMessage, res: ServerResponse): void {
  const [host, port] = testRegistry().split(':');
  const { authorization: _, ...headers } = req.headers;
  const onward = request({ host, port, method: req.method, path: req.url, headers }, (answer) => {
    res.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(res);
  });
  onward.once('error', () => res.destroy());
  req.pipe(onward);
}
