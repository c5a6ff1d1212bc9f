/**
 * Every table. One rule orders them: **one table, one writer**. What is admitted (services, environments, releases)
 * is written by admission; what is reported (builds, deployments, steps) by the records activities. Facts that are
 * given once and facts that change stand in different tables (`builds` and `build_status`), so that reports which
 * arrive in any order, or twice, end in the same rows. Such pairs carry no foreign key: either half may come first.
 *
 * After a change: `npx drizzle-kit generate --config store/drizzle.config.ts`, and commit what it writes.
 */
import { sql } from 'drizzle-orm';
import {
  bigint,
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
import type { Trigger } from '../contracts/delivery.ts';
import type { DeploymentStep, LiveDeployment } from '../contracts/deployment.ts';
import type { FailureRecord } from '../contracts/failures.ts';
import type { Actor, ReleaseInput } from '../contracts/release.ts';
import type { EnvironmentSettings, ServiceSettings } from '../contracts/service.ts';
import type { BuildState, DeploymentState } from '../contracts/states.ts';
import { json, time, words } from './columns.ts';

/** GitHub's ids fit 53 bits (REST, "integer format: int64" in practice below 2^40). */
const gitHubId = () => bigint({ mode: 'number' });

export const installations = pgTable('installations', {
  id: gitHubId().primaryKey(),
  appId: gitHubId().notNull(),
  /** The login of the user or organisation that installed the app. */
  account: words().notNull(),
  state: text().$type<'active' | 'suspended' | 'removed'>().notNull(),
  updatedAt: time().notNull(),
});

export const repositories = pgTable(
  'repositories',
  {
    id: gitHubId().primaryKey(),
    fullName: words().notNull(),
    defaultBranch: words().notNull(),
    cloneUrl: words().notNull(),
    private: boolean().notNull(),
    /** Through which we may read it. Not a foreign key: a push can overtake the installation's own event. */
    installationId: gitHubId().notNull(),
    updatedAt: time().notNull(),
  },
  (table) => [index().on(table.fullName)],
);

/** A project belongs to the one source that named it first, so that no other repository can deploy over it. */
export const projects = pgTable(
  'projects',
  {
    name: text().primaryKey(),
    repositoryId: gitHubId().references(() => repositories.id),
    /** Of a public Git URL. */
    cloneUrl: words(),
    createdAt: time().notNull(),
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
    /** What a release without a named branch takes: the default branch, or what was declared. */
    branch: words().notNull(),
    /** Declared through the API; otherwise read from a repository's landfall.yaml. */
    declared: boolean().notNull(),
    /** As of the newest admitted head of {@link branch}; `null` until there is one. */
    settings: json<ServiceSettings>(),
    /** The newest sequence number given out. Its row lock is what puts admissions in order. */
    lastSequence: integer().notNull().default(0),
    updatedAt: time().notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.service] })],
);

/** What landfall.yaml on the default branch says. What runs there: {@link environmentLive}. */
export const environments = pgTable(
  'environments',
  {
    project: text().notNull(),
    service: text().notNull(),
    environment: text().notNull(),
    settings: json<EnvironmentSettings>().notNull(),
    /** The branch whose pushes deploy here. */
    branch: words().notNull(),
    autoDeploy: boolean().notNull(),
    production: boolean().notNull(),
    updatedAt: time().notNull(),
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

/** Which digest runs where now, and what ran before (requirements, A9). */
export const environmentLive = pgTable(
  'environment_live',
  {
    project: text().notNull(),
    service: text().notNull(),
    environment: text().notNull(),
    live: json<LiveDeployment>().notNull(),
    previous: json<LiveDeployment>(),
    since: time().notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.service, table.environment] })],
);

export const releases = pgTable(
  'releases',
  {
    id: text().primaryKey(),
    project: text().notNull(),
    service: text().notNull(),
    sequence: integer().notNull(),
    /** The request that it answers: the same request gets the same release again. */
    requestKey: words().notNull(),
    ref: words().notNull(),
    commit: text().notNull(),
    subject: words().notNull(),
    actorKind: text().$type<Actor['kind']>().notNull(),
    actorName: words().notNull(),
    /** Someone asked for this very commit: says nothing about where the branch's head is. */
    byName: boolean().notNull(),
    /** The `release` workflow's whole input, to be started again word for word. */
    input: json<ReleaseInput>().notNull(),
    state: text().$type<'building' | 'deploying' | 'completed' | 'failed' | 'cancelled'>().notNull(),
    failure: json<FailureRecord>(),
    createdAt: time().notNull(),
    endedAt: time(),
  },
  (table) => [
    uniqueIndex().on(table.project, table.service, table.sequence),
    uniqueIndex().on(table.requestKey, table.project, table.service),
    index().on(table.project, table.service, table.ref, table.sequence.desc()),
    index().on(table.createdAt.desc()),
  ],
);

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
    createdAt: time().notNull(),
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
  image: words(),
  digest: text(),
  tags: json<readonly string[]>(),
  failure: json<FailureRecord>(),
  updatedAt: time().notNull(),
});

/** State → when it was entered first (requirements, B5). */
export const buildStates = pgTable(
  'build_states',
  { buildId: text().notNull(), state: text().$type<BuildState>().notNull(), at: time().notNull() },
  (table) => [primaryKey({ columns: [table.buildId, table.state] })],
);

/** What was built: one row for each completed build (requirements, A9). */
export const images = pgTable(
  'images',
  {
    buildId: text().primaryKey(),
    /** `registry/project/service@sha256:…` */
    image: words().notNull(),
    digest: text().notNull(),
    project: text().notNull(),
    service: text().notNull(),
    commit: text().notNull(),
    settingsHash: text().notNull(),
    builder: text().notNull(),
    tags: json<readonly string[]>().notNull(),
    createdAt: time().notNull(),
  },
  (table) => [index().on(table.digest), index().on(table.project, table.service, table.commit)],
);

/** What was asked for. What became of it: {@link deploymentStatus}; without a row there it is `queued`. */
export const deployments = pgTable(
  'deployments',
  {
    id: text().primaryKey(),
    releaseId: text().notNull(),
    project: text().notNull(),
    service: text().notNull(),
    environment: text().notNull(),
    sequence: integer().notNull(),
    byName: boolean().notNull(),
    ref: words().notNull(),
    commit: text().notNull(),
    subject: words().notNull(),
    actorKind: text().$type<Actor['kind']>().notNull(),
    actorName: words().notNull(),
    image: words().notNull(),
    digest: text().notNull(),
    createdAt: time().notNull(),
  },
  (table) => [
    index().on(table.releaseId),
    index().on(table.project, table.service, table.environment, table.createdAt.desc()),
    index().on(table.createdAt.desc()),
  ],
);

export const deploymentStatus = pgTable(
  'deployment_status',
  {
    deploymentId: text().primaryKey(),
    state: text().$type<DeploymentState>().notNull(),
    generation: integer(),
    gitHubDeploymentId: gitHubId(),
    urls: json<readonly string[]>(),
    healthAttempts: integer(),
    failure: json<FailureRecord>(),
    leftovers: json<readonly string[]>(),
    updatedAt: time().notNull(),
  },
  (table) => [index().on(table.state)],
);

export const deploymentSteps = pgTable(
  'deployment_steps',
  {
    deploymentId: text().notNull(),
    step: text().$type<DeploymentStep>().notNull(),
    /** Empty for a step of the whole deployment. */
    place: text().notNull(),
    state: text().$type<'running' | 'done' | 'failed'>().notNull(),
    startedAt: time().notNull(),
    endedAt: time(),
    detail: words(),
    /** The time of the newest report, which is the one that counts. */
    updatedAt: time().notNull(),
  },
  (table) => [primaryKey({ columns: [table.deploymentId, table.step, table.place] })],
);

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

/** The inbox: what GitHub delivered, durable before it is answered. The payload itself is not kept, only what follows from it. */
export const deliveries = pgTable(
  'deliveries',
  {
    appId: gitHubId().notNull(),
    /** GitHub's GUID, the same for a redelivery. */
    deliveryId: text().notNull(),
    event: text().notNull(),
    action: text(),
    repository: words(),
    ref: words(),
    /** `null`: acknowledged and ignored. */
    trigger: json<Trigger>(),
    state: text().$type<'received' | 'handed_over' | 'ignored' | 'dead'>().notNull(),
    /** Attempts to hand it over to Temporal. */
    attempts: integer().notNull().default(0),
    lastError: words(),
    receivedAt: time().notNull(),
    /** Not before this moment; `null` unless `received`. */
    nextAttemptAt: time(),
    handedOverAt: time(),
  },
  (table) => [
    primaryKey({ columns: [table.appId, table.deliveryId] }),
    index().on(table.receivedAt.desc()),
    index('deliveries_waiting')
      .on(table.nextAttemptAt)
      .where(sql`${table.state} = 'received'`),
  ],
);
