/**
 * Variables and secrets. Every change makes a revision that stays as it is: a deployment is given one for good, and a
 * rollback gets the values back that the restored version ran with.
 */
import { randomBytes } from 'node:crypto';
import { and, eq, gt, isNull, lte, ne, or, sql } from 'drizzle-orm';
import type { VariablesView } from '../../contracts/http/api.ts';
import { failure } from '../../contracts/core/failures.ts';
import { environmentId } from '../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import { variablesEnvironment } from '../../contracts/core/preview-names.ts';
import type { Secret } from '../../contracts/core/secret.ts';
import {
  MAX_VARIABLES,
  MAX_VARIABLES_BYTES,
  utf8Length,
  whyTooLarge,
  type ValuesQuestion,
  type VariableSetting,
  type VariableValues,
} from '../../contracts/config/variables.ts';
import { onStoreAll } from '../failures.ts';
import type { Database } from '../open.ts';
import { deploymentVariables, variableRevisions, variableSets, variableValues } from '../schema.ts';
import { seal, sealedLength, unseal, type Keyring } from '../sealing.ts';
import { ofEnvironment } from './of-key.ts';

const FINGERPRINT_BYTES = 4;

export interface VariableChange {
  readonly key: EnvironmentKey;
  readonly set: readonly VariableSetting[];
  /** Names; those that are not there are left out. */
  readonly unset: readonly string[];
  readonly by: string;
  readonly at: number;
}

export interface ChangedVariables {
  readonly revision: number;
  /** The names with another value than before. A secret always counts: a comparison would tell about its value. */
  readonly changed: readonly string[];
}

type Row = typeof variableValues.$inferSelect;

const columnsOf = ({ project, service, environment }: EnvironmentKey) => ({ project, service, environment });

/**
 * All of it as one revision. What changes nothing makes none.
 *
 * @throws `InvalidRequest` when the environment would have more than {@link MAX_VARIABLES}, or {@link MAX_VARIABLES_BYTES}
 */
export async function changeVariables(
  db: Database,
  keys: Keyring,
  { key, set, unset, by, at }: VariableChange,
): Promise<ChangedVariables> {
  return db.transaction(async (tx) => {
    const before = await lockRevision(tx, key);
    const rows = await rowsAt(tx, key, before);
    const current = new Map(rows.map((row) => [row.name, row]));
    const settings = set.filter((setting) => differs(current.get(setting.name), setting));
    const removed = unset.filter((name) => current.has(name));
    const changed = [...settings.map(({ name }) => name), ...removed];
    if (changed.length === 0) return { revision: before, changed };

    const revision = before + 1;
    refuseTooMany(key, [...current.keys()], settings, removed);
    refuseTooLarge(key, rows, settings, removed);
    await tx.update(variableSets).set({ revision }).where(ofEnvironment(variableSets, key));
    await tx.insert(variableRevisions).values({
      ...columnsOf(key),
      revision,
      fingerprint: randomBytes(FINGERPRINT_BYTES).toString('hex'),
      changedAt: new Date(at),
      changedBy: by,
    });
    for (const name of changed) {
      await tx
        .update(variableValues)
        .set({ until: revision })
        .where(and(ofEnvironment(variableValues, key), eq(variableValues.name, name), isNull(variableValues.until)));
    }
    if (settings.length > 0) {
      await tx.insert(variableValues).values(
        settings.map(({ name, kind, value }) => ({
          ...columnsOf(key),
          ...{ name, kind, since: revision },
          value: kind === 'variable' ? value.reveal() : null,
          sealed: kind === 'secret' ? seal(keys, value, { key, name, since: revision }) : null,
        })),
      );
    }
    return { revision, changed };
  });
}

/** Keeps other changes of the environment waiting. @returns its newest revision, 0 when there is none */
async function lockRevision(tx: Database, key: EnvironmentKey): Promise<number> {
  const [row] = await tx
    .insert(variableSets)
    .values({ ...columnsOf(key), revision: 0 })
    .onConflictDoUpdate({
      target: [variableSets.project, variableSets.service, variableSets.environment],
      set: { revision: sql`${variableSets.revision}` },
    })
    .returning({ revision: variableSets.revision });
  return row?.revision ?? 0;
}

function differs(row: Row | undefined, { kind, value }: VariableSetting): boolean {
  return kind === 'secret' || row?.kind !== 'variable' || row.value !== value.reveal();
}

function refuseTooMany(
  key: EnvironmentKey,
  current: readonly string[],
  settings: readonly VariableSetting[],
  removed: readonly string[],
): void {
  const after = new Set([...current, ...settings.map(({ name }) => name)]);
  for (const name of removed) after.delete(name);
  if (after.size <= MAX_VARIABLES) return;
  throw failure(
    'InvalidRequest',
    `${environmentId(key)} would have ${after.size} variables and secrets, and ${MAX_VARIABLES} are the most. Unset some first.`,
  );
}

function refuseTooLarge(
  key: EnvironmentKey,
  rows: readonly Row[],
  settings: readonly VariableSetting[],
  removed: readonly string[],
): void {
  const sizes = new Map(rows.map((row) => [row.name, bytesOf(row)]));
  for (const { name, value } of settings) sizes.set(name, utf8Length(value.reveal()));
  for (const name of removed) sizes.delete(name);
  const why = whyTooLarge(`The variables of ${environmentId(key)}`, MAX_VARIABLES_BYTES, sizes);
  // A set that is smaller than before is let in, also when it was made before there was a limit.
  if (why !== undefined && settings.length > 0) throw failure('InvalidRequest', why);
}

const bytesOf = ({ value, sealed }: Row): number =>
  value === null ? (sealed ? sealedLength(sealed) : 0) : utf8Length(value);

function rowsAt(db: Database, key: EnvironmentKey, revision: number): Promise<Row[]> {
  return (
    db
      .select()
      .from(variableValues)
      .where(
        and(
          ofEnvironment(variableValues, key),
          lte(variableValues.since, revision),
          or(isNull(variableValues.until), gt(variableValues.until, revision)),
        ),
      )
      // The database's own order depends on how it was set up.
      .orderBy(sql`${variableValues.name} collate "C"`)
  );
}

async function newestRevision(db: Database, key: EnvironmentKey): Promise<number> {
  const [row] = await db
    .select({ revision: variableSets.revision })
    .from(variableSets)
    .where(ofEnvironment(variableSets, key));
  return row?.revision ?? 0;
}

/** The newest revision: values of variables, and names of secrets. */
export async function listVariables(db: Database, asked: EnvironmentKey): Promise<VariablesView> {
  const key = setOf(asked);
  const revision = await newestRevision(db, key);
  const [rows, revisions] = await Promise.all([
    rowsAt(db, key, revision),
    db.select().from(variableRevisions).where(ofEnvironment(variableRevisions, key)),
  ]);
  const made = new Map(revisions.map((one) => [one.revision, one]));
  return {
    ...columnsOf(asked),
    revision,
    variables: rows.map(({ name, kind, value, since }) => ({
      name,
      kind,
      value: kind === 'variable' ? value : null,
      revision: since,
      changedAt: (made.get(since)?.changedAt ?? new Date(0)).toISOString(),
      changedBy: made.get(since)?.changedBy ?? '',
    })),
  };
}

/** The revision that a deployment was given; `undefined` before the first of its hosts has come for it. */
async function revisionOf(db: Database, deploymentId: string): Promise<number | undefined> {
  const [row] = await db
    .select({ revision: deploymentVariables.revision })
    .from(deploymentVariables)
    .where(eq(deploymentVariables.deploymentId, deploymentId));
  return row?.revision;
}

/** The key under which the values of an environment are kept: all previews of a service have one set. */
const setOf = ({ project, service, environment }: EnvironmentKey): EnvironmentKey => ({
  ...{ project, service },
  environment: variablesEnvironment(environment),
});

/** Gives the deployment the revision that it asks for, or the newest, unless it has one. Repeating it changes nothing. */
async function pin(db: Database, { key, deploymentId, revision: wanted }: ValuesQuestion): Promise<number> {
  const before = await revisionOf(db, deploymentId);
  if (before !== undefined) return before;
  const revision = wanted ?? (await newestRevision(db, setOf(key)));
  await db
    .insert(deploymentVariables)
    .values({ deploymentId, ...columnsOf(key), revision })
    .onConflictDoNothing();
  // Another host may have been first.
  return (await revisionOf(db, deploymentId)) ?? revision;
}

/** @returns `null` when nothing was set. @throws `SecretUnreadable`; `InvalidRequest` for a revision that never was */
export async function valuesOf(db: Database, keys: Keyring, question: ValuesQuestion): Promise<VariableValues | null> {
  const { restoring = false } = question;
  const key = setOf(question.key);
  const revision = restoring ? (question.revision ?? 0) : await pin(db, question);
  if (revision === 0) return null;
  const [made] = await db
    .select({ fingerprint: variableRevisions.fingerprint })
    .from(variableRevisions)
    .where(and(ofEnvironment(variableRevisions, key), eq(variableRevisions.revision, revision)));
  if (!made) {
    throw failure(
      'InvalidRequest',
      `${environmentId(key)} has no revision ${revision} of its variables in this database: it may be another one than before. Set them again.`,
    );
  }
  const variables: Record<string, string> = {};
  const secrets: Record<string, Secret> = {};
  for (const { name, since, value, sealed } of await rowsAt(db, key, revision)) {
    if (sealed) secrets[name] = unseal(keys, sealed, { key, name, since });
    else variables[name] = value ?? '';
  }
  return { revision, fingerprint: made.fingerprint, variables, secrets };
}

/**
 * Seals everything with the first key that another one sealed, old revisions included. May be broken off and repeated.
 *
 * @returns how many it were
 * @throws `SecretUnreadable` for one whose key is not here; those before it are done
 */
export async function rotateSecrets(db: Database, keys: Keyring): Promise<number> {
  const [{ id }] = keys;
  const keyId = sql`${variableValues.sealed} ->> 'keyId'`;
  const rows = await db
    .select()
    .from(variableValues)
    .where(and(eq(variableValues.kind, 'secret'), ne(keyId, id)));
  for (const { sealed, ...row } of rows) {
    if (!sealed) continue;
    const { name, since } = row;
    const place = { key: columnsOf(row), name, since };
    await db
      .update(variableValues)
      .set({ sealed: seal(keys, unseal(keys, sealed, place), place) })
      .where(and(ofEnvironment(variableValues, row), eq(variableValues.name, name), eq(variableValues.since, since)));
  }
  return rows.length;
}

/**
 * The source of values for hosts of this process. Throws `StoreUnavailable` (retryable) beside what {@link valuesOf}
 * throws.
 */
export function createVariableSource(db: Database, keys: Keyring) {
  return onStoreAll({ valuesOf: (question: ValuesQuestion) => valuesOf(db, keys, question) });
}
