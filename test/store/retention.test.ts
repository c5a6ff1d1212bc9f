import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import type { ForgetBefore } from '../../contracts/config/retention.ts';
import type { Database } from '../../store/open.ts';
import { recordAudit } from '../../store/queries/audit.ts';
import { recordDecisions } from '../../store/queries/decisions.ts';
import { removeOld } from '../../store/queries/retention.ts';
import { acceptDelivery, markHandedOver } from '../../store/queries/inbox.ts';
import { createRepairLedger } from '../../store/queries/repair.ts';
import { listRollbackTargets } from '../../store/queries/rollback-targets.ts';
import * as tables from '../../store/schema.ts';
import { openTestStore } from './support/databases.ts';
import { sha, tellDeployment, tellProject } from './support/told.ts';

const { auditEvents, decisions, deliveries, releases } = tables;
const OLD = Date.UTC(2025, 0, 1);
const CUTOFF = Date.UTC(2025, 6, 1);
const YOUNG = Date.UTC(2026, 0, 1);
const ALL: ForgetBefore = { audit: CUTOFF, deliveries: CUTOFF };

describe('what is forgotten', () => {
  let db: Database;
  beforeAll(async () => {
    ({ db } = await openTestStore());
    await tellProject(db, 'shop');
  });
  beforeEach(async () => {
    const { builds, buildStatus, images, deployments, deploymentStatus, environmentLive } = tables;
    for (const table of [
      auditEvents,
      decisions,
      deliveries,
      releases,
      builds,
      buildStatus,
      images,
      deployments,
      deploymentStatus,
      environmentLive,
    ]) {
      await db.delete(table);
    }
  });

  const forget = (before: ForgetBefore = ALL, signal = new AbortController().signal) => removeOld(db, before, signal);
  const event = (subject: string, at: number) =>
    recordAudit(db, { id: `${subject}/${at}`, at, actor: 'token:ada', action: 'test', subject });
  /** The subjects of the events that are left. */
  const told = async () => new Set((await db.select().from(auditEvents)).map(({ subject }) => subject));
  /** A release is written down when it is admitted, which a test cannot have been years ago. */
  const age = () => db.update(auditEvents).set({ at: new Date(OLD) });

  test('is the audit trail before the time that it is kept for, to the millisecond [A8]', async () => {
    await event('environment.lock', CUTOFF - 1);
    await event('environment.unlock', CUTOFF);
    await event('environment.pause', YOUNG);
    expect(await forget()).toEqual({ auditEvents: 1, decisions: 0, deliveries: 0, more: false });
    expect(await told()).toEqual(new Set(['environment.unlock', 'environment.pause']));
    expect(await forget()).toMatchObject({ auditEvents: 0 });
  });

  test('is nothing where it is kept for ever; each has its own time [A8]', async () => {
    await event('environment.lock', OLD);
    await deliver('one', OLD);
    expect(await forget({ audit: null, deliveries: null })).toMatchObject({ auditEvents: 0, deliveries: 0 });
    expect(await forget({ audit: null, deliveries: CUTOFF })).toMatchObject({ auditEvents: 0, deliveries: 1 });
    expect(await told()).toEqual(new Set(['environment.lock']));
  });

  test('is never about what runs, waits, is live or can be rolled back to, nor their releases and builds [A8][A9]', async () => {
    const ids: string[] = [];
    for (let sequence = 1; sequence <= 24; sequence += 1) {
      ids.push(await tellDeployment(db, 'shop', { sequence, at: OLD + sequence }));
    }
    const failed = await tellDeployment(db, 'shop', { sequence: 25, state: 'rolled_back', at: OLD + 25 });
    const running = await tellDeployment(db, 'shop', { sequence: 26, state: 'switching', at: OLD + 26 });
    const waiting = await tellDeployment(db, 'shop', { sequence: 27, state: 'queued', at: OLD + 27 });
    await event(running, OLD);
    await event(waiting, OLD);
    await age();

    await forget();

    const after = await told();
    const key = { project: 'shop', service: 'web', environment: 'production' };
    const targets = (await listRollbackTargets(db, key)).map(({ deploymentId }) => deploymentId);
    expect(targets).toHaveLength(20);
    const [live = ''] = ids.slice(-1);
    for (const id of [live, ...targets, running, waiting]) {
      const number = id.split('.').at(-1) ?? '';
      expect([id, after.has(id), after.has(`shop.web.${number}`)]).toEqual([id, true, true]);
    }
    for (const id of [...ids.slice(0, 3), failed]) {
      const number = id.split('.').at(-1) ?? '';
      expect([id, after.has(id), after.has(`shop.web.${number}`)]).toEqual([id, false, false]);
    }
  });

  test('is never the build of an image that is live, however long ago another release made it [A8][A9]', async () => {
    await tellDeployment(db, 'shop', { sequence: 1, environment: 'staging', state: 'failed' });
    const live = await tellDeployment(db, 'shop', { sequence: 2, content: 1, broughtBy: 'railpack' });
    await age();
    await forget();
    const after = (await db.select().from(auditEvents)).map(({ subject, action }) => `${action} ${subject}`);
    expect(after).toEqual(expect.arrayContaining(['build.completed shop.web.1', `deployment.live ${live}`]));
    expect(after).not.toContain('deployment.failed shop.web.staging.1');
  });

  test('goes in small pieces: a call ends after 10,000 rows, and says that there are more [A8]', async () => {
    await db.execute(sql`
      insert into audit_events (id, at, actor, action, subject)
      select 'old/' || n, ${new Date(OLD).toISOString()}::timestamptz + n * interval '1 second', 'system:test', 'test', 'x'
      from generate_series(1, 10501) as n`);
    expect(await forget()).toEqual({ auditEvents: 10_000, decisions: 0, deliveries: 0, more: true });
    // The oldest went first.
    expect(await db.select({ id: auditEvents.id }).from(auditEvents).orderBy(auditEvents.at).limit(1)).toEqual([
      { id: 'old/10001' },
    ]);
    expect(await forget()).toEqual({ auditEvents: 501, decisions: 0, deliveries: 0, more: false });
  });

  test('is nothing more once whoever asked is gone [A8][F1]', async () => {
    await event('environment.lock', OLD);
    await expect(forget(ALL, AbortSignal.abort())).rejects.toThrow();
    expect(await told()).toEqual(new Set(['environment.lock']));
  });

  /** A push that led to nothing, or to a release. */
  const decide = (requestKey: string, at: number, { commit = sha(1), releaseId = null as string | null } = {}) =>
    recordDecisions(db, {
      ...{ requestKey, cause: 'push', actor: 'github:ada', repositoryId: '1', at },
      decisions: [
        {
          ...{ shouldDeploy: releaseId !== null, project: 'shop', service: 'web', environment: 'production' },
          ...{ ref: 'main', commit, imageTag: null, version: null, tag: null, releaseId },
          ...{ reason: releaseId === null ? 'skip_deploy' : null, detail: null },
        },
      ],
    });
  const decided = async () => new Set((await db.select().from(decisions)).map(({ requestKey }) => requestKey));

  test('are decisions as old, but for those that brought what is live [A8][E1]', async () => {
    await tellDeployment(db, 'shop', { sequence: 1 });
    await tellDeployment(db, 'shop', { sequence: 2, state: 'failed' });
    await decide('github/old', OLD);
    await decide('github/young', YOUNG);
    await decide('github/live', OLD, { releaseId: 'shop.web.1' });
    await decide('github/failed', OLD, { releaseId: 'shop.web.2' });
    expect(await forget()).toMatchObject({ decisions: 2 });
    expect(await decided()).toEqual(new Set(['github/young', 'github/live']));
  });

  test('is not the decision about the head of a branch, or it would be taken for one that nobody told of [A8][B4]', async () => {
    const ledger = createRepairLedger(db, 1);
    const head = { repositoryId: '1', branch: 'main', commit: sha(7) };
    await ledger.sawHead({ ...head, now: OLD });
    await decide('github/head', OLD, { commit: head.commit });
    await decide('github/before', OLD, { commit: sha(6) });
    await forget();
    expect(await decided()).toEqual(new Set(['github/head']));
    expect(await ledger.isDecided(head)).toBe(true);
  });

  /** Handed over at once, or ignored. */
  async function deliver(deliveryId: string, at: number, what: 'handed over' | 'waiting' | 'ignored' = 'handed over') {
    const trigger = { kind: 'push', requestKey: `github/${deliveryId}` } as never;
    const meaning = what === 'ignored' ? { ignored: 'a ping', code: 'ping' as const } : { trigger };
    const facts = { appId: 1, deliveryId, event: 'push', action: null, repository: 'acme/shop', ref: 'main' };
    await acceptDelivery(db, { ...facts, receivedAt: new Date(at), meaning });
    if (what === 'handed over') await markHandedOver(db, 1, [deliveryId], new Date(at));
  }
  const delivered = async () => new Set((await db.select().from(deliveries)).map(({ deliveryId }) => deliveryId));

  test('are deliveries as old, but for those that wait and those that brought what is live [A8][B1]', async () => {
    await tellDeployment(db, 'shop', { sequence: 1 });
    await db.update(releases).set({ requestKey: 'github/live' });
    await deliver('live', OLD);
    await deliver('done', OLD);
    await deliver('ignored', OLD, 'ignored');
    await deliver('waits', OLD, 'waiting');
    await deliver('young', YOUNG);
    expect(await forget()).toMatchObject({ deliveries: 2 });
    expect(await delivered()).toEqual(new Set(['live', 'waits', 'young']));
  });
});
