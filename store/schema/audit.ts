/** The audit trail: each event is written along with the thing that it is about. */
import { index, pgTable, text } from 'drizzle-orm/pg-core';
import { timeColumn, storableText } from '../columns.ts';

/** Every action with its author, time and artefact (requirements, A8). Rows are added, never changed. */
export const auditEvents = pgTable(
  'audit_events',
  {
    id: storableText().primaryKey(),
    at: timeColumn().notNull(),
    actor: storableText().notNull(),
    action: text().notNull(),
    subject: storableText().notNull(),
    commit: text(),
    digest: text(),
    detail: storableText(),
  },
  (table) => [index().on(table.at.desc()), index().on(table.subject, table.at.desc())],
);
