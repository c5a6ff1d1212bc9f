/** Answers to GitHub, programs and probes while the database hangs: it neither refuses nor closes connections. */
import { expect, test } from '@jest/globals';
import { openStore } from '../../store/open.ts';
import { onCleanup } from '../support/cleanup.ts';
import { ownPostgres } from '../support/own-postgres.ts';
import { NO_TEMPORAL, push, startApi } from './harness.ts';

/** GitHub's patience (docs.github.com, "Handling webhook deliveries"). */
const GITHUB_MS = 10_000;

test('a delivery is answered 503 in GitHub’s time, as is whatever is asked, and taken once the database goes on [B1][B3][F1]', async () => {
  const postgres = await ownPostgres();
  const store = await openStore({ databaseUrl: postgres.url, maxConnections: 4 });
  onCleanup(() => store.close());
  const api = await startApi({ address: NO_TEMPORAL, store });
  const id = '11111111-2222-4333-8444-555555555555';
  expect((await api.deliver({ body: push() })).status).toBe(202);

  const goOn = await postgres.freeze();
  const startedAt = performance.now();
  const timed = async (asked: Response | Promise<Response>) => {
    const answer = await asked;
    return { answer, ms: performance.now() - startedAt };
  };
  // More of them than connections: the last ones wait for one.
  const deliveries = Array.from({ length: 8 }, (_, at) => api.deliver({ body: push(), ...(at === 0 && { id }) }));
  const all = await Promise.all(
    [...deliveries, api.ask('/api/releases'), api.app.request('/readyz', {}, {})].map(timed),
  );
  for (const { answer, ms } of all) {
    expect(answer.status).toBe(503);
    expect(ms).toBeLessThan(GITHUB_MS);
  }
  const [first] = all;
  expect(first?.answer.headers.get('retry-after')).toMatch(/^\d+$/);
  expect(await first?.answer.json()).toMatchObject({ type: expect.stringContaining('StoreUnavailable') as unknown });

  // In the second round the old connections are broken, and new ones get no answer.
  const again = performance.now();
  expect((await api.deliver({ body: push() })).status).toBe(503);
  expect(performance.now() - again).toBeLessThan(GITHUB_MS);

  goOn();
  const redelivered = await api.deliver({ body: push(), id });
  expect(redelivered.status).toBe(202);
  expect((await api.ask('/api/releases')).status).toBe(200);
});
