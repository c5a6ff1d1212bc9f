import type { KubernetesObject, V1Deployment } from '@kubernetes/client-node';
import { FailureType, failure } from '../../../contracts/core/failures.ts';
import { describeValues, type Values } from '../fetch-variables.ts';
import { MAY } from '../stale-generation.ts';
import { tell } from '../tell.ts';
import { whileChanging } from './client/while-changing.ts';
import { ensureApplied } from './apply.ts';
import { countServing } from './bring-up.ts';
import { assertCurrentFence, raiseFence } from './fence.ts';
import { assertImage } from './image.ts';
import { assertRunsNothingNewer, look } from './look.ts';
import { manifestsOf } from './manifests/all.ts';
import { replicasFor } from './manifests/replicas.ts';
import { ensureNamespace } from './namespace.ts';
import { assertOwned } from './ownership.ts';
import { makerOf, type KubernetesPlace } from './place.ts';
import type { Run } from './run.ts';

/** Everything that can fail while nothing has been touched. Afterwards older generations are refused here. */
export async function prepare(place: KubernetesPlace, run: Run, values: Values, signal: AbortSignal): Promise<void> {
  const { cluster, client } = place;
  if (run.health.kind === 'container') throw noHealthcheck(run);
  await client.version(signal);
  await ensureNamespace(place, run.namespace, signal);
  assertRunsNothingNewer(run, await look(place, run, signal));
  await assertCurrentFence(place, { ...run, slack: MAY.switch }, signal);
  signal.throwIfAborted();
  await raiseFence(place, run, run.generation, signal);
  await assertImage(place, run, signal);
  // Now, and not when the switch is under way: Landfall may be away, or a key.
  const given = await values();
  await tryOut(place, { ...run, ...describeValues(given) }, given, signal);
  await tell(place, run, 'deploy', [
    `${cluster.name} takes ${run.image}${given ? `, and revision ${given.revision} of its variables` : ''}.`,
  ]);
}

const noHealthcheck = ({ key }: Run) =>
  failure(
    FailureType.InvalidConfiguration,
    `Kubernetes runs no HEALTHCHECK of an image. Use health.kind http or tcp for ${key.service} in landfall.yaml.`,
  );

/**
 * Has the API server check every object of the run, its admission rules included, without writing it.
 *
 * @throws `InvalidConfiguration` for one that is not valid, and for one of the same name that is not ours;
 * `EngineRefused` for what the cluster does not admit, and for a field that another manager holds
 */
async function tryOut(
  place: KubernetesPlace,
  run: Run,
  values: Awaited<ReturnType<Values>>,
  signal: AbortSignal,
): Promise<void> {
  const { client, cluster } = place;
  const serving = countServing(await look(place, run, signal));
  for (const { apiVersion, kind, metadata } of manifestsOf(makerOf(place), run, values)) {
    const ref = { apiVersion, kind, metadata };
    await whileChanging(ref, async () => {
      const current = await client.read<KubernetesObject & Pick<V1Deployment, 'spec'>>(ref, signal);
      if (current) assertOwned(current, { owner: cluster.owner, key: run.key });
      // Values that are there are never written again.
      if (current && (kind === 'ConfigMap' || kind === 'Secret')) return;
      const replicas = replicasFor(run, kind === 'Deployment' ? current : undefined, serving);
      const object = manifestsOf(makerOf(place), run, values, replicas).find((one) => one.kind === kind);
      if (!object) return;
      // One that a worker made and then died would count as another manager's.
      if (current) await ensureApplied(place, current, signal);
      await client.apply(object, { dryRun: true }, signal);
    });
  }
}
