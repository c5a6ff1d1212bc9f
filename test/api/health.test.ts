import { beforeAll, describe, expect, test } from '@jest/globals';
import { createApp } from '../../api/app.ts';
import { Readiness } from '../../contracts/http/api.ts';
import { freePort } from '../../infra/dev/process.ts';
import { eventually } from '../support/eventually.ts';
import { tempDir } from '../support/tmp.ts';
import { ownTemporal, push, startApi, type Api } from './harness.ts';

const SERVER = { dir: tempDir() };

let api: Api;
let port: number;
let kill: () => Promise<void>;

beforeAll(async () => {
  port = await freePort();
  const server = await ownTemporal({ ...SERVER, port });
  kill = server.kill;
  api = await startApi({ address: server.address });
});

async function ready(app = api.app) {
  const response = await app.request('/readyz', {}, {});
  const { ready: isReady, checks } = Readiness.parse(await response.json());
  const failing = Object.entries(checks).flatMap(([name, { ok }]) => (ok ? [] : [name]));
  return { status: response.status, isReady, failing, checks };
}

/** The first connection takes a moment, more so on a busy machine. */
const becomesReady = () =>
  eventually('readiness', async () => {
    const now = await ready();
    return now.status === 200 ? now : undefined;
  });

describe('readiness', () => {
  test('is 200 when store, Temporal and worker answer, and counts what waits [F5]', async () => {
    await api.deliver({ body: push() });
    const { isReady, checks } = await becomesReady();
    expect(isReady).toBe(true);
    expect(checks).toMatchObject({
      store: { detail: expect.stringContaining('1 deliveries wait') },
      worker: { ok: true },
    });
  });

  test('is 503 while the worker is not running, and says so [F5]', async () => {
    const app = createApp({ ...api.deps, workerState: () => ({ ok: false, detail: 'stopped' }) });
    expect(await ready(app)).toMatchObject({
      status: 503,
      failing: ['worker'],
      checks: { worker: { detail: 'stopped' } },
    });
  });

  test('is 503 while Temporal is away, and 200 again once it is back; alive all along [F5][F1]', async () => {
    await kill();
    expect(await ready()).toMatchObject({ status: 503, isReady: false, failing: ['temporal'] });
    expect((await api.app.request('/healthz', {}, {})).status).toBe(200);

    await ownTemporal({ ...SERVER, port });
    expect(await becomesReady()).toMatchObject({ status: 200, failing: [] });
  });

  test('is 503 without the store, and says nothing of its insides [F5]', async () => {
    await api.store.close();
    const { status, failing, checks } = await ready();
    expect([status, failing]).toEqual([503, ['store']]);
    expect(checks['store']?.detail).not.toMatch(/select|pg-pool/);
  });
});
