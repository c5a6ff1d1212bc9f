/** Deliveries that Temporal took, and how they stand with it since (part of the `UnderWayLedger` port). */
import { and, eq, gt, inArray, isNull, lt, sql } from 'drizzle-orm';
import type { HandedOver } from '../../contracts/inbox/repair.ts';
import type { Database } from '../open.ts';
import { deliveries, releases } from '../schema.ts';

/** See the port. */
export async function handedOverDeliveries(
  db: Database,
  { kinds, since, before }: { readonly kinds: readonly string[]; readonly since: number; readonly before: number },
  limit: number,
): Promise<readonly HandedOver[]> {
  const rows = await db
    .select({ appId: deliveries.appId, deliveryId: deliveries.deliveryId, handover: deliveries.trigger })
    .from(deliveries)
    .where(
      and(
        eq(deliveries.state, 'handed_over'),
        isNull(deliveries.settledAt),
        gt(deliveries.receivedAt, new Date(since)),
        lt(deliveries.handedOverAt, new Date(before)),
        inArray(sql`${deliveries.trigger} ->> 'kind'`, [...kinds]),
      ),
    )
    .orderBy(sql`random()`)
    .limit(limit);
  return rows.flatMap(({ handover, ...id }) => (handover === null ? [] : [{ ...id, handover }]));
}

/** See the port. */
export async function hasReleased(db: Database, requestKey: string): Promise<boolean> {
  const found = await db.select({ id: releases.id }).from(releases).where(eq(releases.requestKey, requestKey)).limit(1);
  return found.length > 0;
}

/** Nothing more is to be seen of it. */
export async function settleDelivery(db: Database, { appId, deliveryId }: HandedOver, at: number): Promise<void> {
  await db
    .update(deliveries)
    .set({ settledAt: new Date(at) })
    .where(and(eq(deliveries.appId, appId), eq(deliveries.deliveryId, deliveryId), isNull(deliveries.settledAt)));
}

/** The inbox hands it over as if it had just arrived. */
export async function returnDelivery(db: Database, { appId, deliveryId }: HandedOver, at: number): Promise<void> {
  await db
    .update(deliveries)
    .set({ state: 'received', nextAttemptAt: new Date(at), attempts: 0 })
    .where(
      and(eq(deliveries.appId, appId), eq(deliveries.deliveryId, deliveryId), eq(deliveries.state, 'handed_over')),
    );
}
