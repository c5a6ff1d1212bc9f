/** The Deployment of a run, and everything else that a run has beside the Service. */
import type { KubernetesObject, V1Deployment } from '@kubernetes/client-node';
import type { VariableValues } from '../../../contracts/config/variables.ts';
import { applyOwn, removeOwn } from './apply.ts';
import { serviceRef, type Seen } from './look.ts';
import { manifestsOf, unaskedOf } from './manifests/all.ts';
import { deploymentObject } from './manifests/deployment.ts';
import { replicasFor } from './manifests/replicas.ts';
import { serviceObject } from './manifests/service.ts';
import { deploymentName } from './names.ts';
import type { Writing } from './ownership.ts';
import { makerOf, type KubernetesPlace } from './place.ts';
import type { Run } from './run.ts';

const makerFor = (place: KubernetesPlace, { generation, slack }: Writing) => makerOf(place, generation + slack);

const deploymentRef = (run: Pick<Run, 'key' | 'namespace' | 'strategy' | 'generation'>) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: deploymentName(run), namespace: run.namespace },
});

interface Bringing {
  readonly values: VariableValues | null;
  /** The pods of the version that it takes over from. */
  readonly serving: number;
}

export const applyDeployment = async (
  place: KubernetesPlace,
  run: Run,
  { values, serving }: Bringing,
  writing: Writing,
  signal: AbortSignal,
): Promise<V1Deployment> =>
  applyOwn<V1Deployment>(
    place,
    deploymentRef(run),
    (current) => deploymentObject(makerFor(place, writing), run, values, replicasFor(run, current, serving)),
    writing,
    signal,
  );

/** Leads requests to the pods of this run alone. */
export async function applyService(
  place: KubernetesPlace,
  run: Run,
  writing: Writing,
  signal: AbortSignal,
): Promise<void> {
  const made = serviceObject(makerFor(place, writing), run);
  await applyOwn(place, serviceRef(run), () => made, writing, signal);
}

/** Leads requests to the pods of one generation, whatever the strategy says. */
export const pinService = async (
  place: KubernetesPlace,
  run: Run,
  writing: Writing,
  signal: AbortSignal,
): Promise<void> => applyService(place, { ...run, strategy: 'blue-green' }, writing, signal);

/** Ingress, autoscaler and disruption budget: made as the run asks, and taken away where it does not ask any more. */
export async function applyOthers(
  place: KubernetesPlace,
  run: Run,
  writing: Writing,
  signal: AbortSignal,
): Promise<void> {
  for (const object of manifestsOf(makerFor(place, writing), run, null).filter(isOther)) {
    await applyOwn<KubernetesObject>(place, object, () => object, writing, signal);
  }
  for (const object of unaskedOf(run)) await removeOwn(place, object, writing, signal);
}

const OTHERS: ReadonlySet<string | undefined> = new Set(['Ingress', 'HorizontalPodAutoscaler', 'PodDisruptionBudget']);
const isOther = ({ kind }: KubernetesObject): boolean => OTHERS.has(kind);

/** The number of pods that get requests. */
export const countServing = ({ pods }: Seen): number => pods.filter(({ serving }) => serving).length;
