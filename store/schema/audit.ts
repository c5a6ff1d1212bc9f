/** Who caused what: written along with what it tells of. */
import { index, pgTable, text } from 'drizzle-orm/pg-core';
import { time, words } from '../columns.ts';

/** Who or what caused what, when, with which artefact (requirements, A8). Rows are added, never changed. */
export const auditEvents = pgTable(
  'audit_events',
  {
    id: words().primaryKey(),
    at: time().notNull(),
    actor: words().notNull(),
    action: text().notNull(),
    subject: words().notNull(),
    commit: text(),
    digest: text(),
    detail: words(),
  },
  (table) => [index().on(table.at.desc()), index().on(table.subject, table.at.desc())],
);
