/** What is built, how far it is, and what came of it: written by the records activities. */
import { index, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import type { BaseImage } from '../../contracts/deployment/build.ts';
import type { FailureRecord } from '../../contracts/core/failures.ts';
import type { BuildState } from '../../contracts/deployment/states.ts';
import { jsonRecord, timeColumn, storableText } from '../columns.ts';

/** What is built. How far it is: {@link buildStatus}, and when it got there: {@link buildStates}. */
export const builds = pgTable(
  'builds',
  {
    id: text().primaryKey(),
    releaseId: text().notNull(),
    project: text().notNull(),
    service: text().notNull(),
    commit: text().notNull(),
    /** Of what decides the image: two builds of one commit with the same hash are the same image. */
    settingsHash: text().notNull(),
    createdAt: timeColumn().notNull(),
  },
  (table) => [
    index().on(table.releaseId),
    index().on(table.project, table.service, table.commit),
    index().on(table.createdAt.desc()),
  ],
);

export const buildStatus = pgTable('build_status', {
  buildId: text().primaryKey(),
  state: text().$type<BuildState>().notNull(),
  host: text(),
  builder: text(),
  image: storableText(),
  digest: text(),
  tags: jsonRecord<readonly string[]>(),
  /** What it was built on, with digests. */
  bases: jsonRecord<readonly BaseImage[]>(),
  failure: jsonRecord<FailureRecord>(),
  updatedAt: timeColumn().notNull(),
});

/** State → when it was entered first (requirements, B5). */
export const buildStates = pgTable(
  'build_states',
  { buildId: text().notNull(), state: text().$type<BuildState>().notNull(), at: timeColumn().notNull() },
  (table) => [primaryKey({ columns: [table.buildId, table.state] })],
);

/** What was built: one row for each completed build (requirements, A9). */
export const images = pgTable(
  'images',
  {
    buildId: text().primaryKey(),
    /** `registry/project/service@sha256:…` */
    image: storableText().notNull(),
    digest: text().notNull(),
    project: text().notNull(),
    service: text().notNull(),
    commit: text().notNull(),
    settingsHash: text().notNull(),
    builder: text().notNull(),
    tags: jsonRecord<readonly string[]>().notNull(),
    createdAt: timeColumn().notNull(),
  },
  (table) => [index().on(table.digest), index().on(table.project, table.service, table.commit)],
);
