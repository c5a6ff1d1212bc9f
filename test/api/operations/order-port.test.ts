/** Orders from GitHub reach a running release or environment, once, however often they are handed in. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { eq } from 'drizzle-orm';
import { pino } from 'pino';
import { createOrderPort } from '../../../api/operations/order-port.ts';
import { createTemporalGateway } from '../../../api/temporal/gateway.ts';
import { releaseId } from '../../../contracts/core/ids.ts';
import { lockTie } from '../../../contracts/github/comment.ts';
import { recordRelease, recordReleaseResult } from '../../../store/queries/record-release.ts';
import { installations, projects, repositories } from '../../../store/schema.ts';
import { failureIn } from '../../activities/github/scene.ts';
import { environmentSettings, releaseInput } from '../../support/simulation/fixtures.ts';
import { startWorld, type World } from '../../workflows/world.ts';
import { NO_TEMPORAL, startApi, type Api } from '../harness.ts';
import { KEY, NOON, seedService } from '../seed.ts';
import { waitingRelease } from '../waiting-release.ts';

const ANN = { kind: 'github', name: 'ann' } as const;
const ANN_MAY = { users: ['ann'], teams: [], permission: null };
const STAGING = { ...KEY, environment: 'staging' };
const signal = new AbortController().signal;

let world: World;
let api: Api;
let orders: ReturnType<typeof createOrderPort>;

beforeAll(async () => {
  world = await startWorld({ hosts: ['host-a'], builders: ['builder'] });
  api = await startApi({ address: NO_TEMPORAL, temporal: createTemporalGateway(world.client) });
  orders = createOrderPort(api.deps);
  await seedService(api.store);
});

const approve = (deploymentId: string, orderId: string, more: { readonly commit?: string } = {}) =>
  orders.decide({
    kind: 'decide',
    orderId,
    by: ANN,
    deploymentId,
    decision: 'approve',
    via: 'comment',
    note: '',
    ...more,
  });

describe('a decision', () => {
  test('that is handed in again is answered as before, also when the release has ended by then [A7][F1]', async () => {
    const { handle, id } = await waitingRelease({ world, api }, 201, ANN_MAY);
    const first = await approve(id, 'comment-1');
    expect(first).toMatchObject({ state: 'approved', decisions: [{ by: ANN, via: 'comment' }] });
    expect(await approve(id, 'comment-1')).toEqual(first);
    expect(await handle.result()).toMatchObject({ outcome: 'completed' });
    expect(await approve(id, 'comment-1')).toEqual(first);
    // Another order is another matter.
    expect(await failureIn(approve(id, 'comment-2'))).toMatchObject({ type: 'NotWaiting', nonRetryable: true });
  });

  test('by who may not, or about another commit, is a final failure in the words of the gate [A7]', async () => {
    const { handle, id } = await waitingRelease({ world, api }, 202, { ...ANN_MAY, users: ['lea'] });
    expect(await failureIn(approve(id, 'comment-3'))).toMatchObject({
      ...{ type: 'Forbidden', message: 'ann may not decide about production. It takes lea.', nonRetryable: true },
    });
    expect(await failureIn(approve(id, 'comment-4', { commit: 'f'.repeat(40) }))).toMatchObject({ type: 'NotWaiting' });
    expect(await failureIn(approve('shop.web.production.999', 'comment-5'))).toMatchObject({ type: 'NotFound' });
    await handle.cancel();
    await handle.result();
  });
});

describe('a cancel', () => {
  test('takes effect once, under the name of who ordered it [B10][A8]', async () => {
    const { handle, id } = await waitingRelease({ world, api }, 203);
    const order = { kind: 'cancel', orderId: 'comment-6', by: ANN, reason: 'wrong branch' } as const;
    expect(await orders.cancel({ ...order, what: { deploymentId: id } }, false)).toBe('awaiting_approval');
    expect(await handle.result()).toMatchObject({ outcome: 'cancelled' });
    const release = releaseId(KEY, 203);
    await recordReleaseResult(api.store.db, { releaseId: release, at: NOON, result: await handle.result() });
    expect(await orders.cancel({ ...order, what: { releaseId: release } }, true)).toBe('cancelled');
    const again = orders.cancel({ ...order, orderId: 'comment-7', what: { releaseId: release } }, false);
    expect(await failureIn(again)).toMatchObject({
      type: 'AlreadyEnded',
      message: expect.stringContaining('has ended'),
    });
    const told = world.records.audit.filter(({ subject }) => subject === release);
    expect(told.filter(({ action }) => action === 'release.cancel')).toMatchObject([
      { actor: 'github:ann', detail: 'wrong branch' },
    ]);
  });
});

/** The project is that of a repository on GitHub. */
async function belongsTo(repositoryId: string): Promise<void> {
  const { db } = api.store;
  const at = new Date(NOON);
  await db.insert(installations).values({ id: '9', account: 'acme', updatedAt: at });
  const about = { fullName: 'acme/shop', cloneUrl: 'https://git.test/acme/shop.git', defaultBranch: 'main' };
  await db
    .insert(repositories)
    .values({ id: repositoryId, ...about, private: false, installationId: '9', updatedAt: at });
  await db.update(projects).set({ repositoryId, cloneUrl: null }).where(eq(projects.name, KEY.project));
}

describe('a lock', () => {
  test('is taken once and given back; one of somebody else stays [E9]', async () => {
    const lock = {
      kind: 'lock',
      orderId: 'comment-8',
      by: ANN,
      key: STAGING,
      reason: 'measuring',
      forMs: 60_000,
    } as const;
    const locked = await orders.lock(lock);
    expect(locked.lock).toMatchObject({ owner: ANN, reason: 'measuring' });
    expect((await orders.lock(lock)).lock).toEqual(locked.lock);
    const bob = { kind: 'github', name: 'bob' } as const;
    expect(await failureIn(orders.lock({ ...lock, orderId: 'comment-9', by: bob }))).toMatchObject({
      type: 'EnvironmentLocked',
    });
    const unlock = { kind: 'unlock', orderId: 'comment-10', by: ANN, key: STAGING, force: false } as const;
    expect((await orders.unlock(unlock)).lock).toBeNull();
  });

  test('that is tied to a pull request ends with it, and not with what comes late about an earlier end [E9]', async () => {
    const pull = { repositoryId: '7', repository: 'acme/shop', number: 12 };
    await belongsTo(pull.repositoryId);
    const lock = { kind: 'lock', by: ANN, key: STAGING, reason: 'measuring', forMs: 60_000 } as const;
    await orders.lock({ ...lock, orderId: 'comment-12', tiedTo: lockTie(pull) });
    const closed = { kind: 'pull-request-closed', ...pull, actor: ANN } as const;
    const earlier = { ...closed, orderId: 'closed-1', closedAt: Date.now() - 3_600_000 };
    expect(await orders.unlockTied(earlier)).toEqual([]);
    const now = { ...closed, orderId: 'closed-2', closedAt: Date.now() };
    expect(await orders.unlockTied(now)).toEqual(['shop.web.staging']);
  });

  test('of an environment that there is not says what there is [E9]', async () => {
    const key = { ...KEY, environment: 'qa' };
    const lock = { kind: 'lock', orderId: 'comment-11', by: ANN, key, reason: 'x', forMs: null } as const;
    expect(await failureIn(orders.lock(lock))).toMatchObject({
      type: 'NotFound',
      message: 'shop.web has no environment qa. It has: staging, production.',
    });
  });
});

test('a retry is the same commit for where it did not get to; of one that goes on there is none [B10]', async () => {
  const input = releaseInput({ key: KEY, sequence: 204, environments: [environmentSettings('staging', ['host-a'])] });
  await recordRelease(api.store.db, input);
  const order = { kind: 'retry', orderId: 'comment-12', by: ANN, releaseId: input.releaseId } as const;
  expect(await failureIn(orders.retryOf(order))).toMatchObject({ type: 'NothingToRetry', nonRetryable: true });
  const result = { outcome: 'failed', stages: [] } as const;
  await recordReleaseResult(api.store.db, { releaseId: input.releaseId, at: NOON, result });
  expect(await orders.retryOf(order)).toEqual({
    ...{
      kind: 'request',
      requestKey: 'request/comment-12',
      ...KEY,
      environment: 'staging',
      ref: input.commit,
      actor: ANN,
    },
  });
});

test('a release that has ended says how, and what it was [F2]', async () => {
  const { handle, id, commit } = await waitingRelease({ world, api }, 205, ANN_MAY);
  await approve(id, 'comment-13');
  const release = releaseId(KEY, 205);
  expect(await orders.releaseResult(release, signal)).toEqual(await handle.result());
  expect(await orders.releaseFacts(release)).toMatchObject({
    ...{ releaseId: release, workflowId: handle.workflowId, key: KEY, commit, environments: ['production'] },
  });
  expect(await failureIn(orders.releaseFacts('shop.web.999'))).toMatchObject({ type: 'NotFound' });
});

test('while Temporal is away everything is worth trying again [F1]', async () => {
  const alone = await startApi({ address: NO_TEMPORAL });
  await seedService(alone.store);
  const away = createOrderPort({ ...alone.deps, logger: pino({ level: 'silent' }) });
  const lock = { kind: 'lock', orderId: 'comment-14', by: ANN, key: STAGING, reason: 'x', forMs: null } as const;
  expect(await failureIn(away.lock(lock))).toMatchObject({
    ...{ type: 'TemporalUnavailable', nonRetryable: false },
  });
}, 300_000);
