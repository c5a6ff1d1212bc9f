/** Decisions about triggers: written by the records activities. */
import { boolean, index, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import type { SkipReason } from '../../contracts/admission/decision.ts';
import { gitHubIdColumn, timeColumn, storableText } from '../columns.ts';

/** One row for each request, service and environment; both are empty where nothing in particular is meant. */
export const decisions = pgTable(
  'decisions',
  {
    /** The workflow id of the delivery: `github/{guid}`, `request/{id}`, … */
    requestKey: storableText().notNull(),
    project: text().notNull(),
    service: text().notNull(),
    environment: text().notNull(),
    /** The kind of trigger: `push`, `ci`, … */
    cause: text().notNull(),
    actor: storableText().notNull(),
    /** The repository, for an event of GitHub's. */
    repositoryId: gitHubIdColumn(),
    shouldDeploy: boolean().notNull(),
    ref: storableText(),
    commit: text(),
    imageTag: text(),
    version: text(),
    tag: storableText(),
    releaseId: text(),
    reason: text().$type<SkipReason>(),
    detail: storableText(),
    at: timeColumn().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.requestKey, table.project, table.service, table.environment] }),
    index().on(table.at.desc()),
    index().on(table.repositoryId, table.ref, table.commit),
    index().on(table.project, table.service, table.environment, table.at.desc()),
  ],
);
