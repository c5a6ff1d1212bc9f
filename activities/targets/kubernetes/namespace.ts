import type { V1Namespace, V1Secret } from '@kubernetes/client-node';
import { FailureType, failure } from '../../../contracts/core/failures.ts';
import { ObjectConflict } from './client/status.ts';
import { whileChanging } from './client/while-changing.ts';
import { LABEL, labelsOfOwner } from './labels.ts';
import { namespaceObject } from './manifests/namespace.ts';
import { pullSecretObject } from './manifests/pull-secret.ts';
import { assertAllowed, pullAuth, type KubernetesPlace } from './place.ts';

/**
 * Makes the namespace of an environment where it is missing, with the installation's own pull secret in it.
 *
 * @throws `InvalidConfiguration` for one that this worker may not use, or that is missing and not to be made by it
 */
export async function ensureNamespace(place: KubernetesPlace, name: string, signal: AbortSignal): Promise<void> {
  assertAllowed(place, name);
  const { client, cluster } = place;
  if (cluster.createNamespaces) {
    const made = namespaceObject(cluster, name);
    const current = await client.read<V1Namespace>(made, signal);
    if (!current) {
      await client.create(made, signal).catch((error: unknown) => {
        if (!(error instanceof ObjectConflict)) throw error;
      });
    }
  }
  await ensurePullSecret(place, name, signal);
}

async function ensurePullSecret(place: KubernetesPlace, namespace: string, signal: AbortSignal): Promise<void> {
  const auth = await pullAuth(place);
  if (!auth) return;
  const { client, cluster } = place;
  const made = pullSecretObject(cluster, namespace, auth);
  await whileChanging(made, async () => {
    const current = await client.read<V1Secret>(made, signal);
    if (!current) {
      await client.create(made, signal);
      return;
    }
    const ours = labelsOfOwner(cluster.owner);
    if (current.metadata?.labels?.[LABEL.owner] !== ours[LABEL.owner]) {
      throw failure(
        FailureType.InvalidConfiguration,
        `Secret ${made.metadata?.name ?? ''} in ${namespace} is there already, and Landfall did not make it. Landfall does not touch it: remove it, or give this cluster another "owner" in LANDFALL_CLUSTERS_FILE.`,
      );
    }
    const isSame = current.data?.['.dockerconfigjson'] === made.data?.['.dockerconfigjson'];
    if (!isSame) await client.replace(made, current.metadata?.resourceVersion, signal);
  });
}
