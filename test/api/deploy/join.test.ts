import { beforeAll, describe, expect, test } from '@jest/globals';
import { join } from '../../../api/deploy/idempotency.ts';
import type { VerifiedRequest } from '../../../api/deploy/verify.ts';
import { createCatalogue } from '../../../store/queries/catalogue.ts';
import { recordLive } from '../../../store/queries/record-deployment.ts';
import { recordReleaseResult } from '../../../store/queries/record-release.ts';
import { draft, gitHub } from '../../store/support/samples.ts';
import { openTestStore } from '../../store/support/databases.ts';
import { NO_TEMPORAL, startApi, type Api } from '../harness.ts';
import { fromOne } from '../../support/clock.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
let api: Api;
let store: Awaited<ReturnType<typeof openTestStore>>;
beforeAll(async () => {
  store = await openTestStore();
  api = await startApi({ address: NO_TEMPORAL, store });
});

/** A service with releases of its own, untouched by other requests. */
function scene(service: string) {
  const key = { project: 'shop', service };
  const request: VerifiedRequest = {
    sender: 'actions',
    asked: { image_sha: 'a'.repeat(40) },
    fingerprint: service.padEnd(64, '0'),
    nonce: undefined,
    stale: false,
  };
  const ask = async () => (await join(api.deps, key, request)).workflowId;
  return {
    ask,
    /** Admits the request's release, and ends it so long ago. */
    async release(endedMs: number | null, outcome: 'completed' | 'failed' = 'completed') {
      const one = draft('shop', service, { byName: true });
      const listing = { service, branch: 'main', settings: null, environments: [] };
      const answer = await createCatalogue(store.db, fromOne).admit({
        requestKey: await ask(),
        project: 'shop',
        source: { origin: gitHub('1'), defaultBranch: 'main', private: false },
        services: [listing],
        drafts: [one],
        expected: {},
        onlyNew: false,
      });
      if (answer.kind !== 'admitted' || !answer.releases[0]) throw new Error('it was not admitted');
      const { releaseId } = answer.releases[0];
      if (endedMs === null) return;
      await recordReleaseResult(store.db, { releaseId, at: Date.now() - endedMs, result: { outcome, stages: [] } });
    },
    /** Something is live in production since so long ago. */
    async live(sequence: number, sinceMs: number, environment = 'production') {
      const one = {
        deploymentId: `shop.${service}.${environment}.${sequence}`,
        sequence,
        // A later live version has the higher generation, also when it is an older version.
        generation: 1_000_000 - Math.round(sinceMs / 1_000),
        commit: 'b'.repeat(40),
        image: 'x',
        digest: 'y',
      };
      await recordLive(store.db, { key: { ...key, environment }, at: Date.now() - sinceMs, live: one, previous: null });
    },
  };
}

describe('a request without a nonce', () => {
  test('joins what it asked for while that runs, however long [C4]', async () => {
    const { ask, release } = scene('runs');
    const first = await ask();
    expect(first).toBe(`deploy/actions/${'runs'.padEnd(32, '0')}.0`);
    await release(null);
    expect(await ask()).toBe(first);
  });

  test.each([
    ['landed', 9 * MINUTE, 'completed', true],
    ['landed', 11 * MINUTE, 'completed', false],
    ['failed', 50 * SECOND, 'failed', true],
    ['failed', 70 * SECOND, 'failed', false],
  ] as const)('that %s %i ms ago: the same one, or a new one [C4]', async (_name, endedMs, outcome, joins) => {
    const { ask, release } = scene(`${outcome}${endedMs}`);
    const first = await ask();
    await release(endedMs, outcome);
    const again = await ask();
    expect(again === first).toBe(joins);
    // All who come now begin the same one.
    expect(await ask()).toBe(again);
  });

  test('begins anew once something else went live after it, not for what is live itself or elsewhere [C4]', async () => {
    const { ask, release, live } = scene('overtaken');
    const first = await ask();
    await release(MINUTE);
    await live(1, MINUTE + SECOND);
    await live(9, 0, 'staging');
    expect(await ask()).toBe(first);
    await live(2, 30 * SECOND);
    expect(await ask()).toBe(first.replace(/0$/, '1'));
  });

  test('is not misled by what was live before it, or by a rollback that follows [C4]', async () => {
    const { ask, release, live } = scene('behind');
    const first = await ask();
    await release(MINUTE);
    await live(7, 2 * MINUTE);
    expect(await ask()).toBe(first);
    // A person goes back to an older deployment.
    await live(0, 10 * SECOND);
    expect(await ask()).not.toBe(first);
  });
});
