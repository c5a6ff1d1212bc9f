/** The secrets of an environment's runs in the engine: one per revision and name, so that two revisions live side by side. */
import { FailureType, failure } from '../../../contracts/core/failures.ts';
import { environmentId } from '../../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../../contracts/core/keys.ts';
import type { VariableValues, VariablesOfRun } from '../../../contracts/config/variables.ts';
import type { PodmanPlace } from './place.ts';
import { secretName, secretPrefix, type Run } from './container-spec.ts';

/** Gives the values when they are really needed. */
export type Values = () => Promise<VariableValues | null>;

/**
 * Makes those that the engine lacks. It reads them at each start of the container, so they are looked for each time.
 *
 * @throws what the source of values throws; `InvalidConfiguration` when it has others of the same revision
 */
export async function ensureSecrets(
  { secrets }: PodmanPlace,
  { key, variables }: Run,
  values: Values,
  signal: AbortSignal,
): Promise<void> {
  if (!variables || variables.secrets.length === 0) return;
  const there = new Set(await secrets.list(secretPrefix(key), signal));
  const missing = variables.secrets.filter((name) => !there.has(secretName({ key, variables }, name)));
  if (missing.length === 0) return;
  const given = sameValues(key, variables, await values());
  for (const name of missing) {
    const value = given.secrets[name];
    if (value) await secrets.create(secretName({ key, variables }, name), value);
  }
}

/** @throws `InvalidConfiguration` */
export function sameValues(
  key: EnvironmentKey,
  { revision, fingerprint }: VariablesOfRun,
  given: VariableValues | null,
): VariableValues {
  if (given?.revision === revision && given.fingerprint === fingerprint) return given;
  throw failure(
    FailureType.InvalidConfiguration,
    `${environmentId(key)} ran with revision ${revision} (${fingerprint}) of its variables, and Landfall's database has another one of that number. Set them again and deploy.`,
  );
}

/** Removes the environment's secrets except those of the runs to keep. */
export async function releaseSecrets(
  { secrets }: PodmanPlace,
  key: EnvironmentKey,
  keep: readonly (VariablesOfRun | undefined)[],
): Promise<void> {
  const kept = keep.flatMap((variables) => (variables ? [secretName({ key, variables }, '')] : []));
  for (const name of await secrets.list(secretPrefix(key))) {
    if (!kept.some((prefix) => name.startsWith(prefix))) await secrets.remove(name);
  }
}
