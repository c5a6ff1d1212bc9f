/** An authority that is slow, limits us, answers nonsense or is not there: Pebble is none of that. */
import { createSecretKey, randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { orderCertificate, type OrderDeps } from '../../../activities/certificates/order.ts';
import { failureOf, failureRetryAfter } from '../../../contracts/core/failures.ts';
import { createCertificateLedger } from '../../../store/queries/certificates.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { selfSigned } from '../../support/self-signed.ts';
import { openTestStore } from '../../store/support/databases.ts';

const NAME = 'shop.example.com';
const URN = 'urn:ietf:params:acme:error:';
type Answer = (response: ServerResponse, request: IncomingMessage) => void;

const json =
  (status: number, body: object, headers: Readonly<Record<string, string>> = {}): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/problem+json', 'replay-nonce': 'nonce', ...headers });
    response.end(JSON.stringify(body));
  };
const problem = (status: number, type: string, detail: string, headers = {}): Answer =>
  json(status, { type: URN + type, detail }, headers);

describe('an authority that', () => {
  let deps: OrderDeps;
  /** Path → what is answered. */
  let answers: Readonly<Record<string, Answer>> = {};
  let server: Server;
  beforeAll(async () => {
    const { chain, key } = await selfSigned('localhost');
    server = createServer({ cert: chain, key }, (request, response) => {
      const at = `https://localhost:${String((server.address() as AddressInfo).port)}`;
      const directory = { newNonce: `${at}/nonce`, newAccount: `${at}/account`, newOrder: `${at}/order` };
      const usual: Readonly<Record<string, Answer>> = {
        '/dir': json(200, directory),
        '/nonce': json(200, {}),
        '/account': json(200, { status: 'valid' }, { location: `${at}/account` }),
      };
      const path = request.url ?? '';
      (answers[path] ?? usual[path] ?? json(404, {}))(response, request);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onCleanup(() => {
      server.closeAllConnections();
      server.close();
    });
    const { db } = await openTestStore();
    const ledger = createCertificateLedger(db, [{ id: 'k1', key: createSecretKey(randomBytes(32)) }]);
    const directory = `https://localhost:${String((server.address() as AddressInfo).port)}/dir`;
    deps = { ledger, authority: { directory, roots: chain }, now: Date.now };
  }, 120_000);

  const asked = async (given: Readonly<Record<string, Answer>>, change: Partial<OrderDeps['authority']> = {}) => {
    answers = given;
    const error: unknown = await orderCertificate(
      { ...deps, authority: { ...deps.authority, ...change } },
      NAME,
      new AbortController().signal,
    ).catch((thrown: unknown) => thrown);
    return { ...failureOf(error), retryAfter: failureRetryAfter(error) };
  };

  test('limits us is asked again when it says so, in seconds or as a date [G7]', async () => {
    const words = 'too many certificates already issued';
    const limited = await asked({ '/order': problem(429, 'rateLimited', words, { 'retry-after': '7200' }) });
    expect(limited).toMatchObject({ type: 'CertificateRateLimited', retryAfter: 7_200_000 });
    expect(limited.message).toMatch(
      /^localhost:\d+ takes no more orders for shop\.example\.com now: too many certificates already issued\. /,
    );
    const until = new Date(Date.now() + 7_200_000).toUTCString();
    const dated = await asked({ '/order': problem(429, 'rateLimited', words, { 'retry-after': until }) });
    expect(dated.retryAfter).toBeGreaterThan(3_600_000);
    expect(await asked({ '/order': problem(403, 'rateLimited', words) })).toMatchObject({ retryAfter: 0 });
  });

  test('is slow, away, broken or nonsense is asked again; one that says no is explained [G7]', async () => {
    const away = { type: 'CertificateAuthorityUnavailable' };
    expect(await asked({ '/order': () => undefined }, { requestMs: 200 })).toMatchObject(away);
    expect(await asked({ '/dir': (response) => void response.destroy() })).toMatchObject(away);
    expect(await asked({ '/order': problem(503, 'serverInternal', 'down for maintenance') })).toMatchObject(away);
    expect(
      await asked({ '/dir': (response) => void response.end('<html>sign in to the network</html>') }),
    ).toMatchObject(away);
    expect(await asked({ '/order': (response) => void response.end('x'.repeat(1_000_000)) })).toMatchObject(away);
    expect(await asked({}, { directory: 'https://localhost:1/dir' })).toMatchObject(away);
    // Its address is trusted by nothing here.
    expect(await asked({}, { roots: '' })).toMatchObject(away);

    const refusal = await asked({ '/order': problem(403, 'caa', 'CAA record prevents issuance') });
    expect(refusal).toMatchObject({ type: 'CertificateRefused' });
    expect(refusal.message).toMatch(
      / CAA record prevents issuance\. Allow it in the name's CAA record, or take the record out\.$/,
    );
    const binding = await asked({
      '/account': (response, request) => {
        let body = '';
        request.on('data', (part: Buffer) => (body += part.toString()));
        request.on('end', () => {
          const { payload } = JSON.parse(body) as { payload: string };
          const isSearch = Buffer.from(payload, 'base64url').includes('onlyReturnExisting');
          const type = isSearch ? 'accountDoesNotExist' : 'externalAccountRequired';
          problem(isSearch ? 400 : 403, type, 'no')(response, request);
        });
      },
    });
    expect(binding.message).toContain('Set LANDFALL_ACME_EAB_KEY_ID and LANDFALL_ACME_EAB_KEY_FILE');
  });
});
