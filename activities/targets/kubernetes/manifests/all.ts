import type {
  KubernetesObject,
  V1ConfigMap,
  V1Deployment,
  V1Ingress,
  V1PodDisruptionBudget,
  V1Secret,
  V1Service,
  V2HorizontalPodAutoscaler,
} from '@kubernetes/client-node';
import type { VariableValues } from '../../../../contracts/config/variables.ts';
import { clusterServiceName } from '../names.ts';
import type { Run } from '../run.ts';
import { autoscalerObject } from './autoscaler.ts';
import { deploymentObject } from './deployment.ts';
import { disruptionBudgetObject } from './disruption-budget.ts';
import { ingressObject } from './ingress.ts';
import type { Maker } from './metadata.ts';
import { serviceObject } from './service.ts';
import { secretsObject, variablesMap } from './values.ts';

/** Any object of a run. */
export type RunObject =
  | V1ConfigMap
  | V1Secret
  | V1Deployment
  | V1Service
  | V1Ingress
  | V2HorizontalPodAutoscaler
  | V1PodDisruptionBudget;

/**
 * Everything of a run, in the order in which it is applied: no object is named by another one before it is there.
 *
 * @param replicas - see replicasFor; those of the settings by default
 */
export const manifestsOf = (
  maker: Maker,
  run: Run,
  values: VariableValues | null,
  replicas: number = run.replicas,
): readonly RunObject[] =>
  [
    variablesMap(maker, run, values),
    secretsObject(maker, run, values),
    deploymentObject(maker, run, values, replicas),
    serviceObject(maker, run),
    ingressObject(maker, run),
    autoscalerObject(maker, run),
    disruptionBudgetObject(maker, run),
  ].filter((one) => one !== undefined);

/** The objects that a run does not ask for, and an earlier version may have had: they are taken away. */
export function unaskedOf({ key, namespace, routes = [], autoscale, available }: Run): readonly KubernetesObject[] {
  const metadata = { name: clusterServiceName(key), namespace };
  return [
    ...(routes.length === 0 ? [{ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata }] : []),
    ...(autoscale ? [] : [{ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata }]),
    ...(available === undefined ? [{ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata }] : []),
  ];
}
