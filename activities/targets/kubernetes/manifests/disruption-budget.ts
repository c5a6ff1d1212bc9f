import type { V1PodDisruptionBudget } from '@kubernetes/client-node';
import { COMPONENT } from '../labels.ts';
import { clusterServiceName } from '../names.ts';
import type { Run } from '../run.ts';
import { metadataOf, type Maker } from './metadata.ts';
import { servedLabels } from './service.ts';

/** The pods that get requests, while nodes are drained. @returns `undefined` where none is asked for */
export function disruptionBudgetObject(maker: Maker, run: Run): V1PodDisruptionBudget | undefined {
  const { key, available } = run;
  if (available === undefined) return undefined;
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: metadataOf(maker, run, { name: clusterServiceName(key), component: COMPONENT.server }),
    spec: {
      minAvailable: available,
      selector: { matchLabels: servedLabels(run) },
      // A pod that is not ready serves nobody, and would hold a node for ever.
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    },
  };
}
