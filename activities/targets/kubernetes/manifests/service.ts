import type { V1Service } from '@kubernetes/client-node';
import { COMPONENT, generationLabels, servingLabels } from '../labels.ts';
import { clusterServiceName } from '../names.ts';
import type { Run } from '../run.ts';
import { metadataOf, type Maker } from './metadata.ts';
import { PORT_NAME } from './port-name.ts';

/** The labels of the pods that get requests: with `blue-green` those of one generation, with `rolling` all that are ready. */
export const servedLabels = ({ key, strategy, generation }: Pick<Run, 'key' | 'strategy' | 'generation'>) =>
  strategy === 'rolling' ? servingLabels(key) : generationLabels(key, generation);

/** The address inside the cluster. Its selector is the switch of `blue-green`. */
export function serviceObject(maker: Maker, run: Run): V1Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadataOf(maker, run, { name: clusterServiceName(run.key), component: COMPONENT.server }),
    spec: {
      type: 'ClusterIP',
      selector: servedLabels(run),
      ports: [{ name: PORT_NAME, port: run.port, targetPort: PORT_NAME, protocol: 'TCP' }],
    },
  };
}
