/** Progress of the repair through deliveries and branch heads: written by the repair activities' ledger. */
import { sql } from 'drizzle-orm';
import { index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { appId, gitHubIdColumn, timeColumn, storableText } from '../columns.ts';

/** One walk through GitHub's list of deliveries after the other, each from the newest one to where the one before began. */
export const repairWalks = pgTable('repair_walks', {
  appId: appId().primaryKey(),
  /** Everything that was delivered before this moment has been looked at. */
  doneTo: timeColumn().notNull(),
  /** The beginning of the walk that is under way; `null`: none is. */
  from: timeColumn(),
  /** The place where it goes on. */
  cursor: text(),
});

/** Deliveries that GitHub has and we do not. */
export const redeliveries = pgTable(
  'redeliveries',
  {
    appId: appId().notNull(),
    /** GitHub's GUID, the same for every attempt. */
    deliveryId: text().notNull(),
    /** GitHub's id of its newest attempt that we know of. */
    gitHubId: gitHubIdColumn().notNull(),
    event: text().notNull(),
    deliveredAt: timeColumn().notNull(),
    /** The number of times that we have requested it again. */
    attempts: integer().notNull().default(0),
    /** Not before this moment; `null`: it has arrived, or was given up. */
    nextAttemptAt: timeColumn(),
    state: text().$type<'lost' | 'arrived' | 'given_up'>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.appId, table.deliveryId] }),
    index('redeliveries_due')
      .on(table.nextAttemptAt)
      .where(sql`${table.state} = 'lost'`),
  ],
);

/** The heads of branches that services follow, as they were seen last. */
export const branchHeads = pgTable(
  'branch_heads',
  {
    repositoryId: gitHubIdColumn().notNull(),
    branch: storableText().notNull(),
    /** `null`: there was no such branch. */
    commit: text(),
    /** The time at which {@link commit} was seen first. */
    since: timeColumn().notNull(),
    lookedAt: timeColumn().notNull(),
  },
  (table) => [primaryKey({ columns: [table.repositoryId, table.branch] })],
);
