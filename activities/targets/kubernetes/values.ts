/** The objects with the variables and secrets of an environment's runs: one pair for each revision, so that two revisions live side by side. */
import type { KubernetesObject, V1ConfigMap } from '@kubernetes/client-node';
import type { VariableValues, VariablesOfRun } from '../../../contracts/config/variables.ts';
import { sameValues, type Values } from '../fetch-variables.ts';
import { whileChanging } from './client/while-changing.ts';
import { assertCurrentFence } from './fence.ts';
import { COMPONENT, objectSelector } from './labels.ts';
import { secretsObject, variablesMap } from './manifests/values.ts';
import { secretsName, variablesName } from './names.ts';
import { assertOwned, type Writing } from './ownership.ts';
import { makerOf, type KubernetesPlace } from './place.ts';
import type { Run } from './run.ts';

/**
 * Makes those that the cluster lacks, and never changes one: pods that start again read them anew.
 *
 * @returns what the manifests of the run need
 * @throws what the source of values throws; `InvalidConfiguration` when it has others of the same revision
 */
export async function ensureValues(
  place: KubernetesPlace,
  run: Run,
  values: Values,
  writing: Writing,
  signal: AbortSignal,
): Promise<VariableValues | null> {
  const { key, variables } = run;
  if (!variables) return null;
  const kept = await keptValues(place, run, variables, signal);
  if (kept) return kept;
  const given = sameValues(key, variables, await values());
  const maker = makerOf(place, run.generation);
  for (const object of [variablesMap(maker, run, given), secretsObject(maker, run, given)]) {
    if (object) await createOnce(place, object, writing, signal);
  }
  return given;
}

/** Its secrets stay in the cluster: the manifests name them only. */
async function keptValues(
  { client }: KubernetesPlace,
  { key, namespace }: Run,
  variables: VariablesOfRun,
  signal: AbortSignal,
): Promise<VariableValues | undefined> {
  const ref = (kind: string, name: string) => ({ apiVersion: 'v1', kind, metadata: { name, namespace } });
  const [map, secrets] = await Promise.all([
    client.read<V1ConfigMap>(ref('ConfigMap', variablesName(key, variables)), signal),
    variables.secrets.length > 0 && client.read(ref('Secret', secretsName(key, variables)), signal),
  ]);
  if (!map || secrets === undefined) return undefined;
  const { revision, fingerprint } = variables;
  return { revision, fingerprint, variables: map.data ?? {}, secrets: {} };
}

async function createOnce(
  place: KubernetesPlace,
  object: KubernetesObject,
  writing: Writing,
  signal: AbortSignal,
): Promise<void> {
  await whileChanging(object, async () => {
    const current = await place.client.read<KubernetesObject>(object, signal);
    if (current) {
      assertOwned(current, writing);
      return;
    }
    await assertCurrentFence(place, writing, signal);
    signal.throwIfAborted();
    await place.client.create(object, signal);
  });
}

/** The names of the objects that these runs need. */
const valueNames = ({ key }: Pick<Run, 'key'>, kept: readonly (VariablesOfRun | undefined)[]): ReadonlySet<string> =>
  new Set(kept.flatMap((variables) => (variables ? [variablesName(key, variables), secretsName(key, variables)] : [])));

/** Removes the environment's variables and secrets in a namespace, except those of the runs to keep. */
export async function releaseValues(
  { client, cluster }: KubernetesPlace,
  { key, namespace }: Pick<Run, 'key' | 'namespace'>,
  kept: readonly (VariablesOfRun | undefined)[],
  signal: AbortSignal,
): Promise<void> {
  const labelSelector = objectSelector(cluster.owner, key, COMPONENT.variables);
  const names = valueNames({ key }, kept);
  for (const kind of ['ConfigMap', 'Secret']) {
    for (const object of await client.list<KubernetesObject>(
      { apiVersion: 'v1', kind },
      namespace,
      { labelSelector },
      signal,
    )) {
      if (names.has(object.metadata?.name ?? '')) continue;
      signal.throwIfAborted();
      await client.delete(object, { uid: object.metadata?.uid }, signal);
    }
  }
}
