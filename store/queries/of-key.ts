/** The rows of one service, or of one environment, in any table that has such a key. */
import { and, eq, type AnyColumn } from 'drizzle-orm';
import type { EnvironmentKey, ServiceKey } from '../../contracts/core/keys.ts';

type Columns<Key> = Readonly<Record<keyof Key, AnyColumn>>;
/** A key, or another table's columns to join by. */
type Values<Key> = Readonly<Record<keyof Key, string | AnyColumn>>;

export const ofService = (table: Columns<ServiceKey>, { project, service }: Values<ServiceKey>) =>
  and(eq(table.project, project), eq(table.service, service));

export const ofEnvironment = (table: Columns<EnvironmentKey>, key: Values<EnvironmentKey>) =>
  and(ofService(table, key), eq(table.environment, key.environment));
