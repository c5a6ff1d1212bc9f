/**
 * The state of a rollout, by what the cluster says of it: the Deployment's counts for its own newest generation, then the
 * reasons why they are not reached. Pods of older versions are not counted.
 */
import type { CoreV1Event, V1Deployment, V1Pod, V1ReplicaSet } from '@kubernetes/client-node';
import { FailureType } from '../../../../contracts/core/failures.ts';
import { createTrouble } from './create-trouble.ts';
import { podTrouble } from './pod-trouble.ts';
import type { Trouble } from './trouble.ts';

interface RolloutState {
  readonly deployment: V1Deployment;
  /** Those of the namespace, as far as they may be the Deployment's. */
  readonly replicaSets: readonly V1ReplicaSet[];
  /** The environment's, of whichever version. */
  readonly pods: readonly V1Pod[];
  readonly events: readonly CoreV1Event[];
  /** In milliseconds since the epoch. */
  readonly now: number;
  /** The end of the rollout's time, whatever the cluster says: it does not report every rollout that stands still. */
  readonly deadline: number;
}

export type RolloutVerdict =
  | { readonly kind: 'waiting'; readonly why: string }
  | { readonly kind: 'done' }
  | {
      readonly kind: 'failed';
      readonly type: FailureType;
      /** Without the pod's log: see pod-log.ts. */
      readonly message: string;
      readonly pod?: string;
      readonly container?: string;
      /** False: its time is over, so that another attempt is none. Absent: the type decides. */
      readonly retryable?: false;
    };

/** deployment.kubernetes.io: the controller counts the versions of a Deployment. */
const REVISION = 'deployment.kubernetes.io/revision';

export function rolloutVerdict(state: RolloutState): RolloutVerdict {
  const { deployment, replicaSets, pods, events, now, deadline } = state;
  const { metadata, spec, status } = deployment;
  const name = metadata?.name ?? '';
  const over = now >= deadline;
  if ((status?.observedGeneration ?? 0) < (metadata?.generation ?? 0)) {
    const why = `The cluster has not begun with Deployment ${name} yet.`;
    return over ? tooLate(`${why} Look at its kube-controller-manager.`) : { kind: 'waiting', why };
  }
  const progress = progressOf(deployment);
  if (progress === null) return { kind: 'done' };
  if (spec?.paused) {
    const message = `Deployment ${name} is paused. Let it go on with "kubectl rollout resume deployment/${name}".`;
    return { kind: 'failed', type: FailureType.EngineRefused, message };
  }
  const newest = newestOf(deployment, replicaSets);
  const trouble = newest && troubleOf(newest, { pods, events, now });
  if (trouble?.isLasting) return failed(trouble);
  if (over || hasTimedOut(deployment)) {
    return trouble
      ? { ...failed(trouble), retryable: false }
      : tooLate(`${progress} Look at the pods of the Deployment.`);
  }
  return { kind: 'waiting', why: trouble ? `${progress} ${trouble.message}` : progress };
}

const failed = ({ type, message, pod, container }: Trouble) => ({
  kind: 'failed' as const,
  type,
  message,
  ...(pod !== undefined && { pod }),
  ...(container !== undefined && { container }),
});

const tooLate = (message: string): RolloutVerdict => ({
  kind: 'failed',
  type: FailureType.Unhealthy,
  message: `The rollout's time is over. ${message}`,
  retryable: false,
});

/** The counts that are not reached, in words; `null` when all are. Source: kubectl's rollout_status.go. */
function progressOf({ metadata, spec, status = {} }: V1Deployment): string | null {
  const wanted = spec?.replicas ?? 1;
  const { replicas = 0, updatedReplicas = 0, readyReplicas = 0, availableReplicas = 0 } = status;
  const name = metadata?.name ?? '';
  if (updatedReplicas < wanted) return `${updatedReplicas} of ${wanted} pods of ${name} are of the new version.`;
  if (replicas > updatedReplicas)
    return `${replicas - updatedReplicas} pods of ${name} are of an older version, and on their way out.`;
  if (readyReplicas < wanted) return `${readyReplicas} of ${wanted} pods of ${name} are ready.`;
  if (availableReplicas < wanted)
    return `${availableReplicas} of ${wanted} pods of ${name} have been ready for long enough.`;
  return null;
}

function newestOf({ metadata }: V1Deployment, replicaSets: readonly V1ReplicaSet[]): V1ReplicaSet | undefined {
  const revision = metadata?.annotations?.[REVISION];
  return replicaSets.find(
    (one) => isOwnedBy(one.metadata, metadata?.uid) && one.metadata?.annotations?.[REVISION] === revision,
  );
}

const isOwnedBy = (metadata: V1Pod['metadata'], uid: string | undefined): boolean =>
  uid !== undefined && metadata?.ownerReferences?.some((one) => one.controller && one.uid === uid) === true;

function troubleOf(
  newest: V1ReplicaSet,
  { pods, events, now }: Pick<RolloutState, 'pods' | 'events' | 'now'>,
): Trouble | undefined {
  const own = pods.filter(
    ({ metadata }) => isOwnedBy(metadata, newest.metadata?.uid) && metadata?.deletionTimestamp === undefined,
  );
  const found = [...own.map((pod) => podTrouble(pod, events)), createTrouble(newest, pods, now)].filter(
    (trouble) => trouble !== undefined,
  );
  return found.find(({ isLasting }) => isLasting) ?? found[0];
}

/** The Deployment's own account of it. A scale-up that a quota holds never has it. */
const hasTimedOut = ({ status }: V1Deployment): boolean =>
  status?.conditions?.some(({ type, reason }) => type === 'Progressing' && reason === 'ProgressDeadlineExceeded') ===
  true;
