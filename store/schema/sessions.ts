/** Who is signed in: written by the API. */
import { index, pgTable, text } from 'drizzle-orm/pg-core';
import { time, words } from '../columns.ts';

/** One row for each browser that is signed in; signing out removes it, wherever that is asked for. */
export const sessions = pgTable(
  'sessions',
  {
    /** SHA-256 of what the cookie holds: reading the table signs nobody in. */
    id: text().primaryKey(),
    tokenName: words().notNull(),
    /** Part of the access token's hash: replacing a token under the same name ends its sessions. */
    fingerprint: text().notNull(),
    openedAt: time().notNull(),
    /** The last request, to within a few minutes. */
    seenAt: time().notNull(),
  },
  (table) => [index().on(table.seenAt)],
);
