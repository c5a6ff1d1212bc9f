/** Deliveries of GitHub: written by the API. */
import { sql } from 'drizzle-orm';
import { index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import type { IgnoreReason } from '../../contracts/admission/decision.ts';
import type { InboxEvent } from '../../contracts/inbox/inbox-event.ts';
import { appId, jsonRecord, timeColumn, storableText } from '../columns.ts';

/** The inbox: what GitHub delivered, durable before it is answered. The payload itself is not kept, only what follows from it. */
export const deliveries = pgTable(
  'deliveries',
  {
    appId: appId().notNull(),
    /** GitHub's GUID, the same for a redelivery. */
    deliveryId: text().notNull(),
    event: text().notNull(),
    action: storableText(),
    repository: storableText(),
    ref: storableText(),
    /** The reason why it is ignored. */
    ignored: text().$type<IgnoreReason>(),
    /** `null`: acknowledged and ignored. */
    trigger: jsonRecord<InboxEvent>(),
    state: text().$type<'received' | 'handed_over' | 'ignored' | 'dead'>().notNull(),
    /** Attempts to hand it over to Temporal. */
    attempts: integer().notNull().default(0),
    lastError: storableText(),
    receivedAt: timeColumn().notNull(),
    /** Not before this moment; `null` unless `received`. */
    nextAttemptAt: timeColumn(),
    handedOverAt: timeColumn(),
    /** When its workflow was seen to have come to its end; only looked for while Temporal still remembers it. */
    settledAt: timeColumn(),
  },
  (table) => [
    primaryKey({ columns: [table.appId, table.deliveryId] }),
    index().on(table.receivedAt.desc()),
    index('deliveries_waiting')
      .on(table.nextAttemptAt)
      .where(sql`${table.state} = 'received'`),
  ],
);
