/** Sources, services and releases: written by admission (store/queries/admission.ts). */
import { sql } from 'drizzle-orm';
import {
  boolean,
  check,
  foreignKey,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import type { FailureRecord } from '../../contracts/core/failures.ts';
import type { Actor } from '../../contracts/core/actor.ts';
import type { ReleaseInput } from '../../contracts/deployment/release.ts';
import type { EnvironmentSettings, ServiceSettings } from '../../contracts/config/service.ts';
import { gitHubIdColumn, jsonRecord, rising, timeColumn, storableText } from '../columns.ts';

/** GitHub App installations through which a repository was read. */
export const installations = pgTable('installations', {
  id: gitHubIdColumn().primaryKey(),
  /** The login of the user or organisation that owns what was read. */
  account: storableText().notNull(),
  updatedAt: timeColumn().notNull(),
});

export const repositories = pgTable(
  'repositories',
  {
    id: gitHubIdColumn().primaryKey(),
    fullName: storableText().notNull(),
    defaultBranch: storableText().notNull(),
    cloneUrl: storableText().notNull(),
    private: boolean().notNull(),
    /** Through which it was read last. */
    installationId: gitHubIdColumn()
      .notNull()
      .references(() => installations.id),
    updatedAt: timeColumn().notNull(),
  },
  (table) => [index().on(table.fullName)],
);

/** A project belongs to the one source that named it first, so that no other repository can deploy over it. */
export const projects = pgTable(
  'projects',
  {
    name: text().primaryKey(),
    repositoryId: gitHubIdColumn().references(() => repositories.id),
    /** The address of a public Git repository. */
    cloneUrl: storableText(),
    createdAt: timeColumn().notNull(),
  },
  (table) => [check('one_source', sql`(${table.repositoryId} is null) <> (${table.cloneUrl} is null)`)],
);

export const services = pgTable(
  'services',
  {
    project: text()
      .notNull()
      .references(() => projects.name),
    service: text().notNull(),
    /** The branch of a release that names none: the default branch, or the declared one. */
    branch: storableText().notNull(),
    /** Declared through the API; otherwise read from a repository's landfall.yaml. */
    declared: boolean().notNull(),
    /** The settings of the newest admitted head of {@link branch}; `null` until there is one. */
    settings: jsonRecord<ServiceSettings>(),
    /** The newest sequence number given out. Its row lock is what puts admissions in order. */
    lastSequence: rising().notNull().default(0),
    updatedAt: timeColumn().notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.service] })],
);

/** The environments in landfall.yaml on the default branch, those that were used and are in it no more, and previews. The versions that run there: `environmentLive`. */
export const environments = pgTable(
  'environments',
  {
    project: text().notNull(),
    service: text().notNull(),
    environment: text().notNull(),
    settings: jsonRecord<EnvironmentSettings>().notNull(),
    /** The branch whose pushes deploy here. */
    branch: storableText().notNull(),
    autoDeploy: boolean().notNull(),
    production: boolean().notNull(),
    /** From 0, in the order of landfall.yaml, which is that of promotion. `null`: not read since this is kept. */
    position: integer(),
    /** When landfall.yaml was first read without it; `null`: it is in there. */
    removedAt: timeColumn(),
    /** The pull request that it shows; `null`: it is no preview. landfall.yaml lists none, and removes none. */
    preview: rising(),
    updatedAt: timeColumn().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.project, table.service, table.environment] }),
    foreignKey({
      name: 'environments_service',
      columns: [table.project, table.service],
      foreignColumns: [services.project, services.service],
    }),
  ],
);

export const releases = pgTable(
  'releases',
  {
    id: text().primaryKey(),
    project: text().notNull(),
    service: text().notNull(),
    sequence: rising().notNull(),
    /** The request that it answers: the same request gets the same release again. */
    requestKey: storableText().notNull(),
    ref: storableText().notNull(),
    commit: text().notNull(),
    subject: storableText().notNull(),
    actorKind: text().$type<Actor['kind']>().notNull(),
    actorName: storableText().notNull(),
    /** A person wanted this very commit: it does not show where the branch's head is. */
    byName: boolean().notNull(),
    /** The `release` workflow's whole input, to be started again word for word. */
    input: jsonRecord<ReleaseInput>().notNull(),
    state: text().$type<'building' | 'deploying' | 'completed' | 'failed' | 'cancelled'>().notNull(),
    failure: jsonRecord<FailureRecord>(),
    createdAt: timeColumn().notNull(),
    endedAt: timeColumn(),
  },
  (table) => [
    uniqueIndex().on(table.project, table.service, table.sequence),
    uniqueIndex().on(table.requestKey, table.project, table.service),
    index().on(table.project, table.service, table.ref, table.sequence.desc()),
    index().on(table.createdAt.desc()),
  ],
);
