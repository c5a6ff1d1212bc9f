/** The secrets of an environment's runs in the engine: one per revision and name, so that two revisions live side by side. */
import type { EnvironmentKey } from '../../../contracts/core/keys.ts';
import type { VariablesOfRun } from '../../../contracts/config/variables.ts';
import { sameValues, type Values } from '../fetch-variables.ts';
import type { PodmanPlace } from './place.ts';
import { secretName, secretPrefix, type Run } from './container-spec.ts';

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
