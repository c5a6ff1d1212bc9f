/** An API on a store and a Temporal server of its own, called in process. */
import { createHash, createHmac, createSecretKey, randomUUID } from 'node:crypto';
import { BlockList } from 'node:net';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { pino } from 'pino';
import { readCloneUrl } from '../../activities/source/clone-url.ts';
import { createApp } from '../../api/app.ts';
import type { ApiDeps } from '../../api/deps.ts';
import { createInbox } from '../../api/inbox/inbox.ts';
import { createTemporalGateway } from '../../api/temporal/gateway.ts';
import { isUnreachable } from '../../api/http/temporal-errors.ts';
import { Secret } from '../../contracts/core/secret.ts';
import { startTemporal, type TemporalServer } from '../../infra/dev/temporal.ts';
import { openTestStore } from '../store/support/databases.ts';
import { onCleanup } from '../support/cleanup.ts';
import { searchAttributeTypes } from '../support/search-attribute-types.ts';
import { tempDir } from '../support/tmp.ts';

export const APP_ID = 4711;
export const WEBHOOK_SECRET = 'the-new-secret';
export const OLD_WEBHOOK_SECRET = 'the-secret-before';
export const TOKEN = 'ada-0123456789abcdef';
export const HOST_TOKEN = 'host-a-0123456789abcdef';
/** The token of a host on which nothing of ours runs. */
export const OTHER_HOST_TOKEN = 'host-z-0123456789abcdef';
/** The token of the cluster `eu`. */
export const CLUSTER_TOKEN = 'cluster-eu-0123456789abcdef';

export const DEPLOY_SECRET = 'a-deploy-secret-of-ci';

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Connects as the composition root does, and comes back soon after the server does. */
function connect(address: string): Client {
  const connection = Connection.lazy({
    address,
    channelArgs: { 'grpc.initial_reconnect_backoff_ms': 50, 'grpc.max_reconnect_backoff_ms': 200 },
  });
  onCleanup(() => connection.close());
  return new Client({ connection });
}

/** A server of this file's own: deliveries go to the one control queue, which other files share otherwise. */
export async function ownTemporal(options: { dir?: string; port?: number; persistent?: boolean } = {}) {
  const dir = options.dir ?? tempDir();
  const server: TemporalServer = await startTemporal({ ...options, dir, searchAttributes: searchAttributeTypes() });
  onCleanup(() => server.kill());
  return server;
}

/** No server listens there: every call to Temporal fails. */
export const NO_TEMPORAL = '127.0.0.1:9';

export type Api = Awaited<ReturnType<typeof startApi>>;

/** `address`: Temporal's. The inbox is made, and started by the test that wants it. */
export async function startApi({ address, ...overrides }: { address: string } & Partial<ApiDeps>) {
  const store = await openTestStore();
  const client = connect(address);
  const logger = pino({ level: 'silent' });
  const temporal = createTemporalGateway(client);
  const missed: unknown[] = [];
  const startDelivery: ApiDeps['temporal']['startDelivery'] = async (handover, options) =>
    temporal.startDelivery(handover, options).catch((error: unknown) => {
      if (isUnreachable(error)) missed.push(error);
      throw error;
    });
  const inbox = createInbox({ appId: APP_ID, store, temporal: { startDelivery }, logger });
  onCleanup(() => inbox.stop());
  const deps: ApiDeps = {
    store,
    temporal,
    appId: APP_ID,
    gitHubApiUrl: 'https://api.github.com',
    wakeInbox: () => {
      inbox.wake();
    },
    webhookSecrets: [new Secret(WEBHOOK_SECRET), new Secret(OLD_WEBHOOK_SECRET)],
    tokens: () => [{ name: 'ada', sha256: sha256(TOKEN) }],
    hostTokens: () => [
      { name: 'host-a', sha256: sha256(HOST_TOKEN) },
      { name: 'host-z', sha256: sha256(OTHER_HOST_TOKEN) },
      { name: 'cluster/eu', sha256: sha256(CLUSTER_TOKEN) },
    ],
    deploySecrets: [
      { name: 'actions', secret: new Secret(DEPLOY_SECRET) },
      { name: 'jenkins', secret: new Secret('another-deploy-secret') },
    ],
    deployPlain: true,
    secretsKeys: [{ id: 'test', key: createSecretKey(Buffer.alloc(32, 7)) }],
    cookieKey: new Secret('0123456789abcdef0123456789abcdef'),
    hasImage: async () => true,
    publicUrl: 'http://127.0.0.1',
    readCloneUrl: (text) => readCloneUrl(text, { hosts: new Set(), networks: new BlockList() }),
    trustedProxies: new BlockList(),
    logDir: join(tempDir(), 'logs'),
    spoolDir: join(tempDir(), 'spool'),
    workerState: () => ({ ok: true, detail: 'running' }),
    logger,
    ...overrides,
  };
  const app = createApp(deps);
  return {
    deps,
    store,
    client,
    inbox,
    /** The errors of the inbox's attempts to hand over while Temporal was away. */
    missed,
    app,
    /** Sends a request as a signed-in program. */
    ask: async (
      path: string,
      init: Omit<RequestInit, 'headers'> & { headers?: Readonly<Record<string, string>> } = {},
    ) => app.request(path, { ...init, headers: { authorization: `Bearer ${TOKEN}`, ...init.headers } }, {}),
    /** Posts JSON as a signed-in program. */
    post: async (path: string, body: unknown) =>
      app.request(
        path,
        {
          method: 'POST',
          body: JSON.stringify(body),
          headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
        },
        {},
      ),
    /** Delivers an event as GitHub does. */
    deliver: async (delivery: Delivery) => app.request('/api/webhooks/github', signed(delivery), {}),
  };
}

export interface Delivery {
  readonly event?: string;
  readonly id?: string;
  readonly body: string;
  readonly secret?: string;
  /** `null` leaves the header out. */
  readonly headers?: Readonly<Record<string, string | null>>;
}

/** The request that GitHub makes of it. */
export function signed({ event = 'push', id = randomUUID(), body, secret = WEBHOOK_SECRET, headers = {} }: Delivery) {
  const all: Readonly<Record<string, string | null>> = {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'x-github-delivery': id,
    'x-github-event': event,
    'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    ...headers,
  };
  const sent = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null);
  return { method: 'POST', body, headers: Object.fromEntries(sent) };
}

/** The least that a push says. */
export const push = (more: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({
    ref: 'refs/heads/main',
    before: 'b'.repeat(40),
    after: 'a'.repeat(40),
    deleted: false,
    repository: { id: 17, full_name: 'acme/shop' },
    installation: { id: 99 },
    sender: { login: 'ada' },
    ...more,
  });
