/** The reason why one pod does not become ready, by its status and the events about it. */
import type { CoreV1Event, V1ContainerStateTerminated, V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import { FailureType } from '../../../../contracts/core/failures.ts';
import { imageMeaning } from './image-trouble.ts';
import { lastWarning, warningsOf } from './pod-events.ts';
import { startMessage } from './start-trouble.ts';
import { foreignWords, type Trouble } from './trouble.ts';

const { ContainerExited, DiskFull, EngineRefused, InvalidConfiguration, Unhealthy } = FailureType;

/** k8s.io/kubernetes/pkg/kubelet/images/types.go. */
const PULLING: ReadonlySet<string> = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'ImageInspectError',
  'ErrImageNeverPull',
  'RegistryUnavailable',
  'SignatureValidationFailed',
]);
/** k8s.io/kubernetes/pkg/kubelet/kuberuntime and …/container/sync_result.go. */
const STARTING: ReadonlySet<string> = new Set([
  'CreateContainerConfigError',
  'CreateContainerError',
  'PreCreateHookError',
  'PreStartHookError',
  'PostStartHookError',
  'RunContainerError',
]);
/** The ends of a container whose program never ran: containerd's and Docker's word for it. */
const NEVER_RAN: ReadonlySet<string> = new Set(['StartError', 'ContainerCannotRun']);
/** Events of a node that cannot begin with the pod. */
const BEFORE_START = [
  'FailedMount',
  'FailedAttachVolume',
  'FailedCreatePodSandBox',
  'FailedPreStopHook',
  'NodeNotReady',
];

/** @returns `undefined` for a pod that is well, or of which nothing is known yet */
export function podTrouble(pod: V1Pod, events: readonly CoreV1Event[]): Trouble | undefined {
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  const warnings = warningsOf(pod, events);
  for (const container of [...initContainerStatuses, ...containerStatuses]) {
    const trouble = containerTrouble(pod, container, warnings);
    if (trouble) return trouble;
  }
  return podGone(pod) ?? notPlaced(pod) ?? notReady(pod, warnings);
}

const nameOf = ({ metadata }: V1Pod): string => metadata?.name ?? '';

function containerTrouble(
  pod: V1Pod,
  { name, state, lastState, restartCount }: V1ContainerStatus,
  warnings: readonly CoreV1Event[],
): Trouble | undefined {
  const { reason = '', message = '' } = state?.waiting ?? {};
  const at = { pod: nameOf(pod), container: name };
  if (reason === 'InvalidImageName') {
    return {
      ...at,
      isLasting: true,
      type: InvalidConfiguration,
      message: `${at.pod} cannot pull its image: ${foreignWords(message)}. Build the commit again.`,
    };
  }
  if (PULLING.has(reason)) return { ...at, isLasting: true, ...pulling(pod, { name, message }, warnings) };
  if (STARTING.has(reason))
    return { ...at, isLasting: true, ...startMessage(at.pod, message === '' ? reason : message) };
  const end = reason === 'CrashLoopBackOff' ? lastState?.terminated : undefined;
  if (end && NEVER_RAN.has(end.reason ?? '')) {
    return { ...at, isLasting: true, ...startMessage(at.pod, end.message ?? end.reason ?? '') };
  }
  if (end)
    return { ...at, isLasting: true, type: ContainerExited, message: crashing(pod, { name, end, restartCount }) };
  return undefined;
}

function pulling(
  pod: V1Pod,
  { name, message }: { readonly name: string; readonly message: string },
  warnings: readonly CoreV1Event[],
) {
  // Older kubelets repeat the cause in an event only.
  const cause = /^Back-off pulling image "[^"]*"$/.test(message) || message === '' ? '' : message;
  const words = cause === '' ? lastWarning(warnings.filter(isOfPull), ['Failed']) : cause;
  const { type, advice } = imageMeaning(words, containerOf(pod, name)?.image ?? '');
  const secret = lastWarning(warnings, ['FailedToRetrieveImagePullSecret']);
  const hint = secret === '' ? '' : ` ${foreignWords(secret)}.`;
  const said = words === '' ? 'the node does not say why' : foreignWords(words);
  return { type, message: `${nameOf(pod)} cannot pull its image: ${said}.${hint} ${advice}` };
}

const containerOf = ({ spec }: V1Pod, name: string) => spec?.containers.find((one) => one.name === name);

const isOfPull = ({ message }: CoreV1Event): boolean => /pull/i.test(message ?? '') && !/^Error: /.test(message ?? '');

interface End {
  readonly name: string;
  readonly end: V1ContainerStateTerminated;
  readonly restartCount: number;
}

function crashing(pod: V1Pod, { name, end, restartCount }: End): string {
  const times = restartCount === 1 ? 'once' : `${restartCount} times`;
  const how = `The container "${name}" of ${nameOf(pod)} ends at each start, and was started again ${times}`;
  if (end.reason !== 'OOMKilled') return `${how}: it exited with code ${end.exitCode}.`;
  const limit = containerOf(pod, name)?.resources?.limits?.['memory'];
  return limit === undefined
    ? `${how}: it ran out of memory, and its node has no more. Let the program use less, or set "resources" of the service in landfall.yaml, so that it runs where there is enough.`
    : `${how}: it ran out of memory, and the kernel killed it at its limit of ${limit}. Raise "resources.limits.memory" of the service (or run.memory), or let the program use less.`;
}

/** A pod that its node has given up is replaced by another one. */
function podGone(pod: V1Pod): Trouble | undefined {
  const { phase, reason = '', message = '' } = pod.status ?? {};
  const name = nameOf(pod);
  if (reason === 'NodeLost' || isNodeSilent(pod)) {
    const node = pod.spec?.nodeName ?? 'of the pod';
    return {
      isLasting: false,
      type: Unhealthy,
      pod: name,
      message: `Node ${node}, on which ${name} runs, does not answer the cluster. Look at that node.`,
    };
  }
  if (phase !== 'Failed') return undefined;
  const said = foreignWords(message === '' ? reason : message);
  if (reason === 'Evicted') {
    const isDisk = /ephemeral-storage|inodes|nodefs|imagefs/i.test(message);
    const advice = isDisk
      ? 'Free some space on the node, or let the program write less.'
      : 'Set "resources.requests" of the service in landfall.yaml to what it needs, or give the node more.';
    return {
      isLasting: false,
      type: isDisk ? DiskFull : EngineRefused,
      message: `${name} was evicted from its node: ${said}. ${advice}`,
    };
  }
  return {
    isLasting: false,
    type: Unhealthy,
    message: `${name} was ended by its node: ${said === '' ? 'no reason is given' : said}. Look at that node.`,
  };
}

const isNodeSilent = ({ status }: V1Pod): boolean =>
  status?.conditions?.some(
    ({ type, status: is, reason }) => type === 'Ready' && is !== 'True' && reason === 'NodeStatusUnknown',
  ) === true;

/** A cluster that adds nodes by itself may yet find room, so the rollout is given its time. */
function notPlaced(pod: V1Pod): Trouble | undefined {
  const { message = '' } =
    pod.status?.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False') ?? {};
  if (message === '') return undefined;
  return {
    isLasting: false,
    type: EngineRefused,
    pod: nameOf(pod),
    message: `No node takes ${nameOf(pod)}: ${foreignWords(message)}. Add room to the cluster, or ask for less in "resources" of the service in landfall.yaml.`,
  };
}

function notReady(pod: V1Pod, warnings: readonly CoreV1Event[]): Trouble | undefined {
  const name = nameOf(pod);
  const isReady = pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
  if (isReady) return undefined;
  const probe = lastWarning(warnings, ['Unhealthy', 'ProbeWarning']);
  const before = lastWarning(warnings, BEFORE_START);
  const isRunning = pod.status?.containerStatuses?.some(({ state }) => state?.running !== undefined) === true;
  if (isRunning) {
    const said = probe === '' ? 'it has not passed its readiness check yet' : foreignWords(probe);
    return {
      isLasting: false,
      type: Unhealthy,
      pod: name,
      message: `${name} runs and is not ready: ${said}. Check "health" in landfall.yaml, and read what the service says in the deployment's log.`,
    };
  }
  if (before === '') return undefined;
  return {
    isLasting: false,
    type: Unhealthy,
    pod: name,
    message: `The node cannot begin with ${name}: ${foreignWords(before)}. Look at the node and its volumes and network.`,
  };
}
