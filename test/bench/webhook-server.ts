/**
 * `node webhook-server.ts bare|ours|stored DIR [DATABASE_URL]`, forked by webhook.ts: sends its address, then its CPU
 * time on each request.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Hono } from 'hono';
import type { ApiEnv } from '../../api/deps.ts';
import { startServer } from '../../api/server.ts';
import { gitHubWebhook } from '../../api/webhooks/github.ts';
import { Secret } from '../../contracts/core/secret.ts';
import { openStore } from '../../store/open.ts';
import { acceptDelivery } from '../../store/queries/inbox.ts';

const [kind, dir = '', databaseUrl = ''] = process.argv.slice(2);
const secret = process.env['BENCH_SECRET'] ?? '';

const url = kind === 'bare' ? await bare() : await ours();
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.(user + system);
});
process.send?.(url);

async function bare(): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const raw = Buffer.concat(chunks);
      const expected = createHmac('sha256', secret).update(raw).digest();
      const given = Buffer.from(String(request.headers['x-hub-signature-256']).slice('sha256='.length), 'hex');
      const signed = given.length === expected.length && timingSafeEqual(given, expected);
      if (signed) JSON.parse(raw.toString('utf8'));
      response.writeHead(signed ? 202 : 401).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

async function ours(): Promise<string> {
  const store = kind === 'stored' ? await openStore({ databaseUrl }) : undefined;
  const app = new Hono<ApiEnv>();
  app.route(
    '/api/webhooks/github',
    gitHubWebhook({
      appId: 1,
      gitHubApiUrl: 'https://api.github.com',
      spoolDir: join(dir, 'spool'),
      webhookSecrets: [new Secret(secret)],
      wakeInbox: () => undefined,
      remember: store ? (delivery) => acceptDelivery(store.db, delivery) : async () => 'accepted',
    }),
  );
  return (await startServer({ app, hostname: '127.0.0.1', port: 0 })).url;
}
