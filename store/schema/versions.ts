/** The versions of Landfall that have worked on this store: each writes its own row when it takes over. */
import { pgTable, text } from 'drizzle-orm/pg-core';
import { timeColumn } from '../columns.ts';

export const programVersions = pgTable('program_versions', {
  version: text().primaryKey(),
  /** Identifies its workflows' code. */
  workflows: text().notNull(),
  /** The newest migration that any program has to know in order to work on this store. */
  needs: text().notNull(),
  /** When it took over last. */
  at: timeColumn().notNull(),
});
