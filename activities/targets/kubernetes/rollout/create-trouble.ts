/** The reasons why the cluster makes no pod at all: the words of admission, which a ReplicaSet repeats in its condition. */
import type { V1Pod, V1ReplicaSet } from '@kubernetes/client-node';
import { FailureType } from '../../../../contracts/core/failures.ts';
import { foreignWords, type Trouble } from './trouble.ts';

/** A pod that is going frees its share of a quota; the condition may lag that long behind. */
const FREED_MS = 5_000;

type Meaning = readonly [pattern: RegExp, type: FailureType, advice: string];

const { EngineRefused, InvalidConfiguration } = FailureType;

const QUOTA = /exceeded quota/i;

/** In this order: the first that fits says the most. */
const MEANINGS: readonly Meaning[] = [
  [
    QUOTA,
    EngineRefused,
    'Raise the quota of the namespace, or ask for less in landfall.yaml: a rollout needs room for a pod more than its replicas.',
  ],
  [
    /must specify|failed quota/i,
    InvalidConfiguration,
    'The namespace\'s quota wants every pod to say what it needs: set "resources" of the service in landfall.yaml.',
  ],
  [
    /violates PodSecurity/i,
    EngineRefused,
    'Landfall\'s pods keep to the "restricted" profile, so something adds to them on the way: look at the mutating webhooks of the cluster.',
  ],
  [
    /(maximum|minimum) .* (usage|limit|request)|limitrange|ratio/i,
    InvalidConfiguration,
    'Keep "resources" of the service in landfall.yaml within the namespace\'s LimitRange.',
  ],
  [/service ?account/i, InvalidConfiguration, 'Make the service account, or remove "serviceAccount" in landfall.yaml.'],
  [/admission webhook/i, EngineRefused, 'Ask who runs that webhook, or change what it objects to.'],
];

const OTHERWISE: Meaning = [/./, EngineRefused, 'Change what the cluster objects to.'];

export function createMeaning(words: string): { readonly type: FailureType; readonly advice: string } {
  const [, type, advice] = MEANINGS.find(([pattern]) => pattern.test(words)) ?? OTHERWISE;
  return { type, advice };
}

/** @param pods - all of the environment: one that is on its way out may free a quota */
export function createTrouble(
  { metadata, status }: V1ReplicaSet,
  pods: readonly V1Pod[],
  now: number,
): Trouble | undefined {
  const failing = status?.conditions?.find((one) => one.type === 'ReplicaFailure' && one.status === 'True');
  if (!failing) return undefined;
  const words = failing.message ?? failing.reason ?? '';
  const { type, advice } = createMeaning(words);
  const isFreed =
    QUOTA.test(words) &&
    (pods.some((pod) => pod.metadata?.deletionTimestamp !== undefined) ||
      now - Date.parse(String(failing.lastTransitionTime)) < FREED_MS);
  return {
    isLasting: !isFreed,
    type,
    message: `The cluster makes no more pods of ${metadata?.name ?? 'the ReplicaSet'}: ${foreignWords(words)}. ${advice}`,
  };
}
