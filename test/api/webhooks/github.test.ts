import { beforeAll, describe, expect, test } from '@jest/globals';
import { examples } from './examples.ts';
import { createHmac } from 'node:crypto';
import { connect } from 'node:net';
import { createApp } from '../../../api/app.ts';
import { startServer } from '../../../api/server.ts';
import { Secret } from '../../../contracts/core/secret.ts';
import { listDeliveries } from '../../../store/queries/inbox.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { NO_TEMPORAL, OLD_WEBHOOK_SECRET, WEBHOOK_SECRET, push, signed, startApi, type Api } from '../harness.ts';

let api: Api;

beforeAll(async () => {
  api = await startApi({ address: NO_TEMPORAL });
});

const found = async (id: string) => {
  const rows = await listDeliveries(api.store.db, { limit: 1000 });
  return rows.filter(({ deliveryId }) => deliveryId === id);
};

describe('POST /api/webhooks/github', () => {
  test('a signed push is remembered with what follows from it, then answered 202 [B1]', async () => {
    const response = await api.deliver({ id: 'push-1', body: push() });
    expect(response.status).toBe(202);
    expect(await response.json()).toEqual({ delivery: 'push-1', outcome: 'accepted' });
    expect(await found('push-1')).toMatchObject([
      {
        event: 'push',
        repository: 'acme/shop',
        ref: 'refs/heads/main',
        state: 'received',
        trigger: { kind: 'push', repositoryId: '17', branch: 'main' },
      },
    ]);
  });

  test('the secret before the newest one still counts [B1]', async () => {
    expect((await api.deliver({ body: push(), secret: OLD_WEBHOOK_SECRET })).status).toBe(202);
  });

  test('a redelivery is answered 202 and remembered once [B1]', async () => {
    await api.deliver({ id: 'again', body: push() });
    const response = await api.deliver({ id: 'again', body: push() });
    expect([response.status, await response.json()]).toEqual([202, { delivery: 'again', outcome: 'known' }]);
    expect(await found('again')).toHaveLength(1);
  });

  test('ping and events that nobody acts on are answered 202 and remembered as ignored [B1]', async () => {
    const responses = await Promise.all([
      api.deliver({ id: 'ping', event: 'ping', body: JSON.stringify({ zen: 'Keep it simple.', hook_id: 5 }) }),
      api.deliver({ id: 'star', event: 'star', body: JSON.stringify({ action: 'created' }) }),
      api.deliver({ id: 'never-heard', event: 'some_event_of_2031', body: '[]' }),
    ]);
    expect(responses.map(({ status }) => status)).toEqual([202, 202, 202]);
    expect(await found('star')).toMatchObject([{ state: 'ignored', action: 'created', trigger: null }]);
    expect(await found('ping')).toMatchObject([{ state: 'ignored' }]);
    expect(await found('never-heard')).toMatchObject([{ state: 'ignored' }]);
  });

  test("all of GitHub's own examples are taken, none fails [B1]", async () => {
    for (const { name, examples: payloads } of examples) {
      for (const payload of payloads) {
        const response = await api.deliver({ event: name, body: JSON.stringify(payload) });
        expect([name, response.status]).toEqual([name, 202]);
      }
    }
  });

  const sha1 = `sha1=${createHmac('sha1', WEBHOOK_SECRET).update(push()).digest('hex')}`;
  test.each([
    ['no length', 411, { headers: { 'content-length': null } }],
    ['more than GitHub delivers', 413, { headers: { 'content-length': String(25 * 1024 * 1024 + 1) } }],
    ['a length that is no number', 413, { headers: { 'content-length': '1e3' } }],
    ['a form', 415, { headers: { 'content-type': 'application/x-www-form-urlencoded' } }],
    ['no content type', 415, { headers: { 'content-type': 'text/plain' } }],
    ['no signature', 401, { headers: { 'x-hub-signature-256': null } }],
    ['only the old SHA-1 signature', 401, { headers: { 'x-hub-signature-256': null, 'x-hub-signature': sha1 } }],
    ['a wrong signature', 401, { secret: 'guessed' }],
    ['a wrong signature over no JSON', 401, { secret: 'guessed', body: '{' }],
    ['no delivery id', 400, { headers: { 'x-github-delivery': null } }],
    ['a delivery id that climbs', 400, { headers: { 'x-github-delivery': '../../x' } }],
    ['no event', 400, { headers: { 'x-github-event': null } }],
    ['an event that is no name', 400, { headers: { 'x-github-event': 'Push!' } }],
    ['no JSON', 400, { body: '{' }],
    ['a push of nothing', 422, { body: '{}' }],
  ])('%s: %i as problem+json, and nothing is remembered [B1]', async (_name, status, change) => {
    const before = await listDeliveries(api.store.db, { limit: 1000 });
    const response = await api.deliver({ body: push(), ...change });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ status, detail: expect.any(String) });
    expect(await listDeliveries(api.store.db, { limit: 1000 })).toHaveLength(before.length);
  });

  test('charset and letter case of the content type do not matter [B1]', async () => {
    const headers = { 'content-type': 'Application/JSON; charset=utf-8' };
    expect((await api.deliver({ body: push(), headers })).status).toBe(202);
  });

  test('without a webhook secret the API does not start [B1]', () => {
    expect(() => createApp({ ...api.deps, webhookSecrets: [] })).toThrow(/webhook secret/);
    expect(() => createApp({ ...api.deps, webhookSecrets: [new Secret('')] })).toThrow(/webhook secret/);
  });

  test('credentials that open everything else open nothing here [B1]', async () => {
    const request = signed({ body: push(), secret: 'guessed' });
    expect((await api.ask('/api/webhooks/github', request)).status).toBe(401);
  });

  describe('on a real connection', () => {
    const body = push();
    const chunked = `${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n0\r\n\r\n`;

    test.each([
      ['a chunked body is refused with 411', 411, { 'transfer-encoding': 'chunked' }, chunked],
      ['a chunked body whose end never comes is refused with 411', 411, { 'transfer-encoding': 'chunked' }, ''],
      [
        '26 MiB that are announced are refused with 413 before they are sent',
        413,
        { 'content-length': String(26 * 1024 * 1024) },
        '',
      ],
    ])('%s, and nothing is remembered [B1]', async (_name, status, framing, sent) => {
      const before = await listDeliveries(api.store.db, { limit: 1000 });
      const server = await startServer({ app: api.app, hostname: '127.0.0.1', port: 0 });
      onCleanup(() => server.close());

      const answer = await firstAnswer(server.url, { ...signed({ body }).headers, ...framing }, sent);

      expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${String(status)} [^]*application/problem\\+json`));
      expect(await listDeliveries(api.store.db, { limit: 1000 })).toHaveLength(before.length);
    });
  });

  test('with the store away it is 503 with Retry-After, so that GitHub lists it as failed [B1]', async () => {
    await api.store.close();
    const response = await api.deliver({ body: push() });
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await response.text()).not.toContain('acme/shop');
  });
});

/** The answer to a client that sends these headers and these bytes, and then waits, with the connection open. */
async function firstAnswer(url: string, headers: Readonly<Record<string, string>>, sent: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const framed = 'transfer-encoding' in headers ? lines.filter((line) => !line.startsWith('content-length')) : lines;
  socket.write(['POST /api/webhooks/github HTTP/1.1', `host: ${hostname}`, ...framed, '', sent].join('\r\n'));
  const answer = await new Promise<string>((resolve, reject) => {
    socket.once('data', (data: Buffer) => resolve(data.toString()));
    socket.once('error', reject).once('close', () => resolve('closed without an answer'));
  });
  socket.destroy();
  return answer;
}
