/** Previews of pull requests: written by the records activities. */
import { boolean, index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import type { Actor } from '../../contracts/core/actor.ts';
import type { PreviewNote, PreviewPhase, PreviewService } from '../../contracts/deployment/preview.ts';
import { gitHubIdColumn, jsonRecord, storableText, timeColumn } from '../columns.ts';

/** The newest preview of each pull request that had one, also when it is gone. */
export const previews = pgTable(
  'previews',
  {
    repositoryId: gitHubIdColumn().notNull(),
    number: integer().notNull(),
    /** `owner/name` as of its last report. */
    repository: storableText().notNull(),
    installationId: gitHubIdColumn().notNull(),
    phase: text().$type<PreviewPhase>().notNull(),
    /** `null`: nobody has wanted it; it was only removed. */
    ownerKind: text().$type<Actor['kind']>(),
    ownerName: storableText(),
    /** The commit that is wanted; `null`: none is. */
    commit: text(),
    /** In line for a slot, from 1. */
    place: integer(),
    services: jsonRecord<readonly PreviewService[]>().notNull(),
    note: jsonRecord<PreviewNote>(),
    /** A person has stopped it: it does not come back by itself. */
    stopped: boolean().notNull(),
    createdAt: timeColumn(),
    expiresAt: timeColumn(),
    updatedAt: timeColumn().notNull(),
  },
  (table) => [primaryKey({ columns: [table.repositoryId, table.number] }), index().on(table.phase, table.updatedAt)],
);
