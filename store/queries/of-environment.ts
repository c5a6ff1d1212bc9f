import { and, eq, type AnyColumn } from 'drizzle-orm';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';

type KeyColumns = Readonly<Record<keyof EnvironmentKey, AnyColumn>>;

/** The rows of one environment, in any table that has its key. */
export const ofEnvironment = (table: KeyColumns, { project, service, environment }: EnvironmentKey) =>
  and(eq(table.project, project), eq(table.service, service), eq(table.environment, environment));
