import type { V1Namespace } from '@kubernetes/client-node';
import { labelsOfOwner } from '../labels.ts';

/** A namespace that Landfall makes takes only pods such as Landfall makes (Pod Security Standards, "restricted"). */
export const namespaceObject = ({ owner }: { readonly owner: string }, name: string): V1Namespace => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: { ...labelsOfOwner(owner), 'pod-security.kubernetes.io/enforce': 'restricted' } },
});
