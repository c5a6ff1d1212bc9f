import type { V2HorizontalPodAutoscaler } from '@kubernetes/client-node';
import { COMPONENT } from '../labels.ts';
import { deploymentName, clusterServiceName } from '../names.ts';
import type { Run } from '../run.ts';
import { metadataOf, type Maker } from './metadata.ts';

/** One for each environment: it scales the Deployment that serves. @returns `undefined` for a fixed number of replicas */
export function autoscalerObject(maker: Maker, run: Run): V2HorizontalPodAutoscaler | undefined {
  const { key, replicas, autoscale } = run;
  if (!autoscale) return undefined;
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: metadataOf(maker, run, { name: clusterServiceName(key), component: COMPONENT.server }),
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: deploymentName(run) },
      minReplicas: replicas,
      maxReplicas: autoscale.max,
      metrics: [
        {
          type: 'Resource',
          resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: autoscale.cpuPercent } },
        },
      ],
    },
  };
}
