/** How far a release command has come, by its Job, its pod and the events about them. */
import type { CoreV1Event, V1Job, V1Pod } from '@kubernetes/client-node';
import { createMeaning } from './rollout/create-trouble.ts';
import { podTrouble } from './rollout/pod-trouble.ts';
import { startMessage } from './rollout/start-trouble.ts';
import { foreignWords, type Trouble } from './rollout/trouble.ts';

interface JobSeen {
  readonly job: V1Job;
  readonly pods: readonly V1Pod[];
  readonly events: readonly CoreV1Event[];
  /** The container of the command. */
  readonly container: string;
}

export type ReleaseState =
  /** It has not begun. `trouble` says why, where that is known. */
  | { readonly kind: 'waiting'; readonly pod?: string; readonly trouble?: Trouble }
  | { readonly kind: 'running'; readonly pod: string; readonly startedAt: number }
  | { readonly kind: 'ended'; readonly pod: string; readonly exitCode: number; readonly oomKilled: boolean }
  /** Its pod was taken from it, so that it is not known how far it came. */
  | { readonly kind: 'taken'; readonly why: string };

/** The ends of a container whose program never ran: containerd's and Docker's word for it. */
const NEVER_RAN: ReadonlySet<string> = new Set(['StartError', 'ContainerCannotRun']);

export function releaseState({ job, pods, events, container }: JobSeen): ReleaseState {
  const own = pods.filter(({ metadata }) => metadata?.ownerReferences?.some(({ uid }) => uid === job.metadata?.uid));
  const [pod] = own.toSorted((one, other) => createdAt(one) - createdAt(other));
  const status = pod?.status?.containerStatuses?.find(({ name }) => name === container);
  const name = pod?.metadata?.name ?? '';
  const end = status?.state?.terminated;
  if (end && NEVER_RAN.has(end.reason ?? '')) {
    const message = startMessage(name, end.message ?? end.reason ?? '');
    return { kind: 'waiting', pod: name, trouble: { isLasting: true, ...message } };
  }
  if (end) return { kind: 'ended', pod: name, exitCode: end.exitCode, oomKilled: end.reason === 'OOMKilled' };
  const over = conditionOf(job, 'Failed') ?? (pod?.status?.phase === 'Failed' ? pod.status : undefined);
  if (over) return { kind: 'taken', why: takenWhy(over, pod) };
  const running = status?.state?.running;
  if (running) return { kind: 'running', pod: name, startedAt: Date.parse(String(running.startedAt)) };
  const trouble = pod ? podTrouble(pod, events) : notMade(job, events);
  return { kind: 'waiting', ...(pod && { pod: name }), ...(trouble && { trouble }) };
}

const createdAt = ({ metadata }: V1Pod): number => Date.parse(String(metadata?.creationTimestamp));

const conditionOf = ({ status }: V1Job, type: string) =>
  status?.conditions?.find((one) => one.type === type && one.status === 'True');

interface Words {
  readonly reason?: string;
  readonly message?: string;
}

/** The pod's own words first: the Job says only that it has failed. */
function takenWhy(over: Words, pod: V1Pod | undefined): string {
  const { reason, message } = pod?.status ?? {};
  const said = [message, reason, over.message, over.reason].find((words) => (words ?? '') !== '');
  return said === undefined ? 'its pod was removed' : foreignWords(said);
}

/** The Job's controller tells by an event why it cannot make the pod. */
function notMade({ metadata }: V1Job, events: readonly CoreV1Event[]): Trouble | undefined {
  const event = events.findLast(
    ({ reason, involvedObject: of }) => reason === 'FailedCreate' && of.kind === 'Job' && of.name === metadata?.name,
  );
  const words = event?.message ?? '';
  if (words === '') return undefined;
  const { type, advice } = createMeaning(words);
  return { isLasting: false, type, message: `The cluster makes no pod for it: ${foreignWords(words)}. ${advice}` };
}
