/** The column types that every table shares. */
import type { GitHubId } from '../contracts/core/github-id.ts';
import { bigint, customType, timestamp } from 'drizzle-orm/pg-core';

/**
 * PostgreSQL refuses U+0000 in text, and halves of surrogate pairs in JSON. Both arrive in commit messages and in
 * what tools print, and a record must not fail for ever because of one character.
 */
const storable = (text: string): string => text.replaceAll('\0', '\uFFFD').toWellFormed();

/** Text that came from outside: kept as it is, except for what PostgreSQL cannot hold. */
export const storableText = customType<{ data: string; driverData: string }>({
  dataType: () => 'text',
  toDriver: storable,
});

const jsonColumn = customType<{ data: unknown; driverData: unknown }>({
  dataType: () => 'jsonb',
  toDriver: (value) =>
    JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'string' ? storable(inner) : inner)),
  fromDriver: (value): unknown => (typeof value === 'string' ? JSON.parse(value) : value),
});

/** A small record of ours, as JSON. */
export const jsonRecord = <T>() => jsonColumn().$type<T>();

/** A moment, to the millisecond. */
export const timeColumn = () => timestamp({ withTimezone: true, precision: 3, mode: 'date' });

/** An id of GitHub's: int64 there and here, decimal text in between, because a number holds only those below 2^53. */
export const gitHubIdColumn = customType<{ data: GitHubId; driverData: string | number | bigint }>({
  dataType: () => 'bigint',
  fromDriver: String,
});

/** The id of a GitHub App, which is a setting: GitHub counts them in 32 bits. */
export const appId = () => bigint({ mode: 'number' });

/** A number of ours that never falls behind the clock: seconds and a few more, far below 2^53. */
export const rising = () => bigint({ mode: 'number' });
