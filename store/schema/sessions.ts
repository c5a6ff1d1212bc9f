/** Sessions of signed-in people: written by the API. */
import { index, pgTable, text } from 'drizzle-orm/pg-core';
import { timeColumn, storableText } from '../columns.ts';

/** One row for each browser that is signed in. Signing out removes it, whichever process answers. */
export const sessions = pgTable(
  'sessions',
  {
    /** SHA-256 of the cookie's value: reading the table does not let a reader sign in. */
    id: text().primaryKey(),
    tokenName: storableText().notNull(),
    /** Part of the access token's hash: replacing a token under the same name ends its sessions. */
    fingerprint: text().notNull(),
    openedAt: timeColumn().notNull(),
    /** The last request, to within a few minutes. */
    seenAt: timeColumn().notNull(),
  },
  (table) => [index().on(table.seenAt)],
);
