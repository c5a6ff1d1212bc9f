import { createServer, type RequestListener } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { createHttpVariables } from '../../../activities/targets/http-variables.ts';
import { Secret } from '../../../contracts/core/secret.ts';
import { onCleanup } from '../../support/cleanup.ts';

const CANARY = 'canary-of-the-wire';
const TOKEN = 'host-token-0123456789';
const QUESTION = {
  key: { project: 'shop', service: 'web', environment: 'production' },
  deploymentId: 'shop.web.production.7',
};

async function landfall(answer: RequestListener) {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onCleanup(async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, source: createHttpVariables({ url, token: new Secret(TOKEN) }) };
}

const ask = async (answer: RequestListener, revision?: number) =>
  (await landfall(answer)).source.valuesOf(
    { ...QUESTION, ...(revision !== undefined && { revision }) },
    new AbortController().signal,
  );
const problem =
  (status: number, type: string, detail: string): RequestListener =>
  (_request, response) => {
    response.writeHead(status).end(JSON.stringify({ type: `urn:landfall:problem:${type}`, title: '', status, detail }));
  };

test('asks with the host’s own token, and keeps secrets from being printed [B17]', async () => {
  const asked: unknown[] = [];
  const values = await ask((request, response) => {
    asked.push([request.method, request.url, request.headers.authorization]);
    response.end(
      JSON.stringify({
        revision: 3,
        fingerprint: '0a1b2c3d',
        variables: { LEVEL: 'info' },
        secrets: { TOKEN: CANARY },
      }),
    );
  }, 3);
  expect(asked).toEqual([
    ['GET', '/api/hosts/values/shop.web.production.7?revision=3&restoring=false', `Bearer ${TOKEN}`],
  ]);
  expect(values?.secrets['TOKEN']?.reveal()).toBe(CANARY);
  expect(JSON.stringify(values)).not.toContain(CANARY);
});

test('nothing set is null [B17]', async () => {
  expect(await ask((_request, response) => void response.end('null'))).toBeNull();
});

test.each([
  [
    'a named failure',
    problem(500, 'SecretUnreadable', 'Secret TOKEN is sealed with key a.'),
    'SecretUnreadable',
    /key a/,
  ],
  ['a database that is away', problem(503, 'StoreUnavailable', 'The database is away.'), 'StoreUnavailable', /away/],
  ['a proxy in front of it', (_q, r) => void r.writeHead(502).end('<h1>'), 'StoreUnavailable', /answered 502/],
  ['an unknown token', problem(401, 'Unauthorized', ''), 'InvalidConfiguration', /LANDFALL_HOST_TOKEN/],
  ['an ended deployment', problem(409, 'AlreadyEnded', 'It has ended.'), 'AlreadyEnded', /^It has ended\.$/],
  ['a mistake without a name of ours', problem(400, 'BadRequest', 'No.'), 'InvalidRequest', /\(400\)\. No\.$/],
  [
    'a version that it does not understand',
    (_q, r) => void r.end(`{"value":"${CANARY}"}`),
    'StoreUnavailable',
    /not understood/,
  ],
])('%s is said by its name, and never with a value [B17]', async (_name, answer, type, message) => {
  const error: unknown = await ask(answer).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ type, message: expect.stringMatching(message) });
  expect(String(error)).not.toContain(CANARY);
  expect(String(error)).not.toContain(TOKEN);
});

test('a Landfall that is away is named, and may be asked again [B17]', async () => {
  const source = createHttpVariables({ url: 'http://127.0.0.1:9', token: new Secret(TOKEN) });
  await expect(source.valuesOf(QUESTION, new AbortController().signal)).rejects.toMatchObject({
    type: 'StoreUnavailable',
    nonRetryable: false,
    message: expect.stringContaining('http://127.0.0.1:9'),
  });
});
