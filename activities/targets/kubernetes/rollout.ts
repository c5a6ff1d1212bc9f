/** Looks at how far a Deployment has come, and says so in one word. */
import type { CoreV1Event, V1Deployment, V1ReplicaSet } from '@kubernetes/client-node';
import { COMPONENT, LABEL, objectSelector } from './labels.ts';
import { look, type Seen, type SeenPod } from './look.ts';
import { deploymentName } from './names.ts';
import type { KubernetesPlace } from './place.ts';
import { rolloutVerdict, type RolloutVerdict } from './rollout/verdict.ts';
import type { Run } from './run.ts';

export interface Rollout {
  readonly verdict: RolloutVerdict;
  readonly seen: Seen;
  /** Pods of this Deployment that are not on their way out; of this version alone once it is done. */
  readonly pods: readonly SeenPod[];
}

/** @param deadline - by the clock of {@link KubernetesPlace.now}: Kubernetes itself reports no end for what a quota holds */
export async function lookAtRollout(
  place: KubernetesPlace,
  run: Run,
  deadline: number,
  signal: AbortSignal,
): Promise<Rollout> {
  const { client, cluster, now } = place;
  const { key, namespace } = run;
  const name = deploymentName(run);
  const labelSelector = `${objectSelector(cluster.owner, key, COMPONENT.server)},${LABEL.instance}=${name}`;
  const ref = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace } };
  // Only what refers to a failure matters, and a namespace has few of them.
  const warnings = { fieldSelector: 'type=Warning' };
  const [deployment, replicaSets, events, seen] = await Promise.all([
    client.read<V1Deployment>(ref, signal),
    client.list<V1ReplicaSet>({ apiVersion: 'apps/v1', kind: 'ReplicaSet' }, namespace, { labelSelector }, signal),
    client.list<CoreV1Event>({ apiVersion: 'v1', kind: 'Event' }, namespace, warnings, signal),
    look(place, run, signal),
  ]);
  const mine = seen.pods.filter(({ pod }) => pod.metadata?.labels?.[LABEL.instance] === name);
  const verdict: RolloutVerdict = !deployment
    ? { kind: 'waiting', why: `Deployment ${name} is not there.` }
    : rolloutVerdict({ deployment, replicaSets, pods: mine.map(({ pod }) => pod), events, now: now(), deadline });
  return { verdict, seen, pods: mine.filter(({ ending }) => !ending) };
}
