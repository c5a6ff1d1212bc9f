import type { V1Deployment } from '@kubernetes/client-node';
import type { Run } from '../run.ts';

/**
 * The number of pods to ask for.
 *
 * An autoscaler changes `replicas` of what serves. A field that was once applied and is left out of the next apply falls
 * back to its default, one pod; another number would be a conflict with the autoscaler. So the number that is there is
 * applied again, together with the `resourceVersion` under which it was read.
 *
 * @param current - the Deployment that is there
 * @param serving - with blue-green, the pods of the version that the new one takes over from
 */
export function replicasFor(
  { replicas, autoscale }: Pick<Run, 'replicas' | 'autoscale'>,
  current: Pick<V1Deployment, 'spec'> | undefined,
  serving = 0,
): number {
  if (!autoscale) return replicas;
  const there = current?.spec?.replicas ?? 0;
  // 0: it was kept warm and stopped, and an autoscaler leaves such a one alone.
  return there > 0 ? there : Math.min(Math.max(replicas, serving), autoscale.max);
}
