/** Builds, their states and their images: written by the records activities. */
import { index, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import type { BaseImage } from '../../contracts/deployment/build.ts';
import type { FailureRecord } from '../../contracts/core/failures.ts';
import type { BuildState } from '../../contracts/deployment/states.ts';
import { jsonRecord, timeColumn, storableText } from '../columns.ts';

/** A build's input. Its state: {@link buildStatus}, and the times of its states: {@link buildStates}. */
export const builds = pgTable(
  'builds',
  {
    id: text().primaryKey(),
    releaseId: text().notNull(),
    project: text().notNull(),
    service: text().notNull(),
    commit: text().notNull(),
    /**
     * The hash of the settings that decide the image: two builds of one commit with the same hash are the same image.
     */
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
  /** The base images, with digests. */
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

/** The built images: one row for each completed build (requirements, A9). */
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
