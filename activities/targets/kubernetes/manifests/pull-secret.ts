import type { V1Secret } from '@kubernetes/client-node';
import type { Secret } from '../../../../contracts/core/secret.ts';
import { labelsOfOwner } from '../labels.ts';
import { pullSecretName } from '../names.ts';

/**
 * The installation's own access to its registry, for all of its pods in a namespace.
 *
 * @param auth - the content of a file as `docker login` writes it
 */
export function pullSecretObject({ owner }: { readonly owner: string }, namespace: string, auth: Secret): V1Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: pullSecretName(owner), namespace, labels: labelsOfOwner(owner) },
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': Buffer.from(auth.reveal(), 'utf8').toString('base64') },
  };
}
