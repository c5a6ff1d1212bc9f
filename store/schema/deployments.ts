/** What is deployed, how far it is, and what runs where: written by the records activities. */
import { sql } from 'drizzle-orm';
import { boolean, index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import type { LiveDeployment } from '../../contracts/deployment.ts';
import type { FailureRecord } from '../../contracts/failures.ts';
import type { Actor } from '../../contracts/actor.ts';
import type { DeploymentState } from '../../contracts/states.ts';
import type { DeploymentStep, StepState } from '../../contracts/steps.ts';
import { gitHubId, json, time, words } from '../columns.ts';

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
  (table) => [
    index().on(table.state),
    // What was live before another one is the next one below it, nearly always.
    index('deployment_status_live')
      .on(table.generation)
      .where(sql`${table.state} = 'live'`),
  ],
);

export const deploymentSteps = pgTable(
  'deployment_steps',
  {
    deploymentId: text().notNull(),
    step: text().$type<DeploymentStep>().notNull(),
    /** Empty for a step of the whole deployment. */
    place: text().notNull(),
    state: text().$type<StepState>().notNull(),
    startedAt: time().notNull(),
    endedAt: time(),
    detail: words(),
    /** The time of the newest report, which is the one that counts. */
    updatedAt: time().notNull(),
  },
  (table) => [primaryKey({ columns: [table.deploymentId, table.step, table.place] })],
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
