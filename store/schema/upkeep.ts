/** The work that Landfall does by itself, over and over, and its health: written by the records activities. */
import { integer, pgTable, text } from 'drizzle-orm/pg-core';
import { timeColumn, storableText } from '../columns.ts';

/** One row for each part of what a schedule runs. */
export const upkeep = pgTable('upkeep', {
  part: text().primaryKey(),
  /** In a row, up to now. */
  failures: integer().notNull(),
  /** Since when it has failed; `null`: it did not fail the last time. */
  failingSince: timeColumn(),
  lastError: storableText(),
  ranAt: timeColumn().notNull(),
});
