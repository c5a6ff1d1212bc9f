/** Deployments, their states, and the versions that run: written by the records activities. */
import { sql, type SQL } from 'drizzle-orm';
import { bigint, boolean, index, integer, pgTable, primaryKey, text, type AnyPgColumn } from 'drizzle-orm/pg-core';
import type { LiveDeployment } from '../../contracts/deployment/deployment.ts';
import type { EnvironmentLock, EnvironmentPause } from '../../contracts/deployment/environment.ts';
import type { Maintenance } from '../../contracts/deployment/maintenance.ts';
import type { FailureRecord } from '../../contracts/core/failures.ts';
import type { Actor } from '../../contracts/core/actor.ts';
import type { DeploymentState } from '../../contracts/deployment/states.ts';
import type { DeploymentStep, StepState } from '../../contracts/deployment/steps.ts';
import { gitHubIdColumn, jsonRecord, rising, timeColumn, storableText } from '../columns.ts';

/** A deployment's request. Its state: {@link deploymentStatus}; without a row there it is `queued`. */
export const deployments = pgTable(
  'deployments',
  {
    id: text().primaryKey(),
    releaseId: text().notNull(),
    project: text().notNull(),
    service: text().notNull(),
    environment: text().notNull(),
    sequence: rising().notNull(),
    byName: boolean().notNull(),
    ref: storableText().notNull(),
    commit: text().notNull(),
    subject: storableText().notNull(),
    actorKind: text().$type<Actor['kind']>().notNull(),
    actorName: storableText().notNull(),
    image: storableText().notNull(),
    digest: text().notNull(),
    createdAt: timeColumn().notNull(),
  },
  (table) => [
    index().on(table.releaseId),
    index().on(table.project, table.service, table.environment, table.createdAt.desc()),
    index().on(table.createdAt.desc()),
  ],
);

/** The environment of a deployment's id, which ends in a number behind a dot (contracts/core/ids.ts): `shop.web.production.` */
export const lineage = (deploymentId: AnyPgColumn): SQL => sql`rtrim(${deploymentId}, '0123456789')`;

export const deploymentStatus = pgTable(
  'deployment_status',
  {
    deploymentId: text().primaryKey(),
    state: text().$type<DeploymentState>().notNull(),
    generation: rising(),
    gitHubDeploymentId: gitHubIdColumn(),
    urls: jsonRecord<readonly string[]>(),
    healthAttempts: integer(),
    failure: jsonRecord<FailureRecord>(),
    leftovers: jsonRecord<readonly string[]>(),
    updatedAt: timeColumn().notNull(),
  },
  (table) => [
    index().on(table.state),
    // Finds the deployment that was live in an environment before another one: the next generation below it.
    index('deployment_status_lineage')
      .on(lineage(table.deploymentId), table.generation)
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
    startedAt: timeColumn().notNull(),
    endedAt: timeColumn(),
    detail: storableText(),
    /** The time of the newest report, which is the one that counts. */
    updatedAt: timeColumn().notNull(),
  },
  (table) => [primaryKey({ columns: [table.deploymentId, table.step, table.place] })],
);

/** The digest that runs in each environment now, and the one before (requirements, A9). */
export const environmentLive = pgTable(
  'environment_live',
  {
    project: text().notNull(),
    service: text().notNull(),
    environment: text().notNull(),
    live: jsonRecord<LiveDeployment>().notNull(),
    previous: jsonRecord<LiveDeployment>(),
    since: timeColumn().notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.service, table.environment] })],
);

/**
 * Observations of live containers since their deployment: the number of times that they were started again by
 * themselves.
 */
export const liveReplicas = pgTable(
  'live_replicas',
  {
    deploymentId: text().notNull(),
    place: text().notNull(),
    restarts: integer().notNull(),
    seenAt: timeColumn().notNull(),
    /** The moment at which counting begins. */
    windowAt: timeColumn().notNull(),
    windowRestarts: integer().notNull(),
    restartedAt: timeColumn(),
    /** The time since when it crashes in a loop, and the reason; `null`: it does not. */
    crashSince: timeColumn(),
    crashMessage: storableText(),
    /** The time at which its environment heard that the deployment crashes in a loop. */
    toldAt: timeColumn(),
    /** Looks in a row that found it serving, or not serving. */
    serves: boolean(),
    servesSince: timeColumn(),
    servesLooks: integer(),
    /** The time since when it does not serve, and the reason; `null`: it does. */
    outageSince: timeColumn(),
    outageMessage: storableText(),
    outageOverAt: timeColumn(),
    /** The time at which its environment heard of an outage, until it hears that it is over. */
    outageToldAt: timeColumn(),
  },
  (table) => [primaryKey({ columns: [table.deploymentId, table.place] })],
);

/** A `change` of contracts/admission/store-records.ts; `null` while no person has changed the gate. */
const change = () => bigint({ mode: 'number' });

/** The gates that people set and that keep an environment's queue back. Earlier changes are in the audit trail. */
export const environmentGates = pgTable(
  'environment_gates',
  {
    project: text().notNull(),
    service: text().notNull(),
    environment: text().notNull(),
    lock: jsonRecord<EnvironmentLock>(),
    lockChange: change(),
    pause: jsonRecord<EnvironmentPause>(),
    pauseChange: change(),
    /** A hold from before is one no more: a person has resumed. */
    holdChange: change(),
    /** The page in front of the environment. */
    maintenance: jsonRecord<Maintenance>(),
    maintenanceChange: change(),
  },
  (table) => [primaryKey({ columns: [table.project, table.service, table.environment] })],
);

/** The newest end of each environment that was destroyed: what was live there by then counts no more. */
export const environmentEnds = pgTable(
  'environment_ends',
  {
    project: text().notNull(),
    service: text().notNull(),
    environment: text().notNull(),
    generation: rising().notNull(),
    /** The newest release number of its service by then. */
    through: rising().notNull(),
    byKind: text().$type<Actor['kind']>().notNull(),
    byName: storableText().notNull(),
    at: timeColumn().notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.service, table.environment] })],
);
