/** Variables and secrets of environments: written by store/queries/variables.ts. */
import { index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import type { VariableKind } from '../../contracts/config/variables.ts';
import { jsonRecord, timeColumn, storableText } from '../columns.ts';
import type { Sealed } from '../sealing.ts';

const environment = { project: text().notNull(), service: text().notNull(), environment: text().notNull() };

/** The newest revision of each environment. Its row lock is what puts changes in order. */
export const variableSets = pgTable('variable_sets', { ...environment, revision: integer().notNull() }, (table) => [
  primaryKey({ columns: [table.project, table.service, table.environment] }),
]);

/** Every change made one. They are never changed themselves. */
export const variableRevisions = pgTable(
  'variable_revisions',
  {
    ...environment,
    revision: integer().notNull(),
    fingerprint: text().notNull(),
    changedAt: timeColumn().notNull(),
    changedBy: storableText().notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.service, table.environment, table.revision] })],
);

/** A value, and the revisions that have it. Kept when it is replaced: a rollback brings it back. */
export const variableValues = pgTable(
  'variable_values',
  {
    ...environment,
    name: text().notNull(),
    since: integer().notNull(),
    /** The first revision without it; `null`: the newest one has it. */
    until: integer(),
    kind: text().$type<VariableKind>().notNull(),
    /** The value of a variable. */
    value: storableText(),
    /** The value of a secret. */
    sealed: jsonRecord<Sealed>(),
  },
  (table) => [primaryKey({ columns: [table.project, table.service, table.environment, table.name, table.since] })],
);

/** The revision that a deployment has on all its hosts: decided when the first one comes for it. 0: there was none. */
export const deploymentVariables = pgTable(
  'deployment_variables',
  { deploymentId: text().primaryKey(), ...environment, revision: integer().notNull() },
  (table) => [index().on(table.project, table.service, table.environment)],
);
