/** `node receiver-process.ts`, forked: the webhook's route on a server, without what is behind it. Tells its address, then its memory. */
import { Hono } from 'hono';
import type { ApiEnv } from '../../../api/deps.ts';
import { HttpProblem, problemResponse } from '../../../api/http/problem.ts';
import { startServer } from '../../../api/server.ts';
import { gitHubWebhook } from '../../../api/webhooks/github.ts';
import { Secret } from '../../../contracts/core/secret.ts';
import { createDeliveryReader } from '../../../workers/delivery-reader.ts';

const app = new Hono<ApiEnv>();
app.onError((error, c) => {
  if (error instanceof HttpProblem) return problemResponse(c, error);
  throw error;
});
app.route(
  '/',
  gitHubWebhook({
    appId: 1,
    spoolDir: process.argv[3] ?? '',
    readLargeDelivery: createDeliveryReader().read,
    gitHubApiUrl: 'https://api.github.com',
    webhookSecrets: [new Secret(process.argv[2] ?? '')],
    wakeInbox: () => undefined,
    remember: async () => 'accepted',
  }),
);
const { url } = await startServer({ app, hostname: '127.0.0.1', port: 0 });
let most = 0;
setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 20).unref();
process.on('message', () => {
  process.send?.(Math.max(most, process.memoryUsage.rss()));
  most = 0;
});
process.send?.(url);
