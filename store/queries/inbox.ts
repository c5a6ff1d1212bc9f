/** The inbox of deliveries: written by the API, emptied into Temporal by the API. */
import { and, asc, count, desc, eq, inArray, lt, lte, sql } from 'drizzle-orm';
import type { IgnoreReason } from '../../contracts/admission/decision.ts';
import type { InboxEvent } from '../../contracts/inbox/inbox-event.ts';
import { firstPart } from '../../contracts/core/text.ts';
import type { Database } from '../open.ts';
import { deliveries } from '../schema.ts';

/** One delivery as it is accepted. With a trigger it is to be handed over; without one it is ignored, for a reason. */
export interface NewDelivery {
  readonly appId: number;
  readonly deliveryId: string;
  readonly event: string;
  readonly action: string | null;
  readonly repository: string | null;
  readonly ref: string | null;
  readonly receivedAt: Date;
  readonly meaning: { readonly trigger: InboxEvent } | { readonly ignored: string; readonly code: IgnoreReason };
}

/** A delivery that is to be handed over, reserved for the caller. */
export interface ClaimedDelivery {
  readonly deliveryId: string;
  readonly trigger: InboxEvent;
  /** Earlier ones that Temporal refused. */
  readonly attempts: number;
}

export type DeliveryRow = typeof deliveries.$inferSelect;

/**
 * Remembers a delivery, once per app and GUID. One that was given up is taken up again: whoever has GitHub
 * redeliver it wants just that.
 *
 * @returns whether anything is to be done about it that was not known before
 */
export async function acceptDelivery(db: Database, delivery: NewDelivery): Promise<'accepted' | 'known'> {
  const { meaning, ...facts } = delivery;
  const rows = await db
    .insert(deliveries)
    .values(
      'trigger' in meaning
        ? { ...facts, trigger: meaning.trigger, state: 'received', nextAttemptAt: facts.receivedAt }
        : { ...facts, state: 'ignored', lastError: meaning.ignored, ignored: meaning.code },
    )
    .onConflictDoUpdate({
      target: [deliveries.appId, deliveries.deliveryId],
      set: {
        state: sql`excluded.state`,
        trigger: sql`excluded.trigger`,
        nextAttemptAt: sql`excluded.next_attempt_at`,
        lastError: sql`excluded.last_error`,
        ignored: sql`excluded.ignored`,
        attempts: 0,
      },
      setWhere: eq(deliveries.state, 'dead'),
    })
    .returning({ deliveryId: deliveries.deliveryId });
  return rows.length > 0 ? 'accepted' : 'known';
}

/**
 * Reserves what is due, oldest first. Several processes may ask at once and get different ones; what its owner
 * does not finish before the lease ends is due again.
 */
export async function claimDeliveries(
  db: Database,
  { appId, now, limit, leaseMs }: { appId: number; now: Date; limit: number; leaseMs: number },
): Promise<ClaimedDelivery[]> {
  const due = db
    .select({ deliveryId: deliveries.deliveryId })
    .from(deliveries)
    .where(and(eq(deliveries.appId, appId), eq(deliveries.state, 'received'), lte(deliveries.nextAttemptAt, now)))
    .orderBy(asc(deliveries.nextAttemptAt), asc(deliveries.receivedAt))
    .limit(limit)
    .for('update', { skipLocked: true });
  const rows = await db
    .update(deliveries)
    .set({ nextAttemptAt: new Date(now.getTime() + leaseMs) })
    // An array, because the planner may run a plain subquery with LIMIT more than once.
    .where(and(eq(deliveries.appId, appId), sql`${deliveries.deliveryId} = any(array(${due}))`))
    .returning({
      deliveryId: deliveries.deliveryId,
      trigger: deliveries.trigger,
      attempts: deliveries.attempts,
      receivedAt: deliveries.receivedAt,
    });
  return rows
    .toSorted((a, b) => a.receivedAt.getTime() - b.receivedAt.getTime())
    .flatMap(({ deliveryId, trigger, attempts }) => (trigger === null ? [] : [{ deliveryId, trigger, attempts }]));
}

/** Temporal has them: nothing more is done here. */
export async function markHandedOver(db: Database, appId: number, ids: readonly string[], at: Date): Promise<void> {
  await db
    .update(deliveries)
    .set({ state: 'handed_over', handedOverAt: at, nextAttemptAt: null })
    .where(
      and(eq(deliveries.appId, appId), inArray(deliveries.deliveryId, [...ids]), eq(deliveries.state, 'received')),
    );
}

/** Gives claimed ones back: they are due from `at` on, and no attempt is counted. */
export async function returnDeliveries(db: Database, appId: number, ids: readonly string[], at: Date): Promise<void> {
  await db
    .update(deliveries)
    .set({ nextAttemptAt: at })
    .where(
      and(eq(deliveries.appId, appId), inArray(deliveries.deliveryId, [...ids]), eq(deliveries.state, 'received')),
    );
}

/** Temporal refused this one. `retryAt: null` gives it up: it is listed as `dead` until a person looks. */
export async function recordRefusal(
  db: Database,
  refusal: { appId: number; deliveryId: string; attempts: number; error: string; retryAt: Date | null },
): Promise<void> {
  const { appId, deliveryId, attempts, error, retryAt } = refusal;
  await db
    .update(deliveries)
    .set({
      state: retryAt === null ? 'dead' : 'received',
      attempts,
      lastError: firstPart(error, 1000),
      nextAttemptAt: retryAt,
    })
    .where(and(eq(deliveries.appId, appId), eq(deliveries.deliveryId, deliveryId), eq(deliveries.state, 'received')));
}

/** Takes up one that was given up. @returns `false` when there is no such dead delivery */
export async function reviveDelivery(db: Database, appId: number, deliveryId: string, now: Date): Promise<boolean> {
  const rows = await db
    .update(deliveries)
    .set({ state: 'received', attempts: 0, nextAttemptAt: now })
    .where(and(eq(deliveries.appId, appId), eq(deliveries.deliveryId, deliveryId), eq(deliveries.state, 'dead')))
    .returning({ deliveryId: deliveries.deliveryId });
  return rows.length > 0;
}

/** Newest first. `before`: the `receivedAt` of the last one of the page before. */
export async function listDeliveries(
  db: Database,
  filter: { state?: DeliveryRow['state'] | undefined; before?: Date | undefined; limit: number },
): Promise<DeliveryRow[]> {
  return db
    .select()
    .from(deliveries)
    .where(
      and(
        filter.state && eq(deliveries.state, filter.state),
        filter.before && lt(deliveries.receivedAt, filter.before),
      ),
    )
    .orderBy(desc(deliveries.receivedAt), desc(deliveries.deliveryId))
    .limit(filter.limit);
}

/** The number of deliveries that wait to be handed over, and of those that were given up. */
export async function countOpenDeliveries(db: Database): Promise<{ received: number; dead: number }> {
  const rows = await db
    .select({ state: deliveries.state, count: count() })
    .from(deliveries)
    .where(inArray(deliveries.state, ['received', 'dead']))
    .groupBy(deliveries.state);
  const of = (state: DeliveryRow['state']) => rows.find((row) => row.state === state)?.count ?? 0;
  return { received: of('received'), dead: of('dead') };
}
