/** Looks at live pods after their deployment has ended: their restarts, and whether they serve. Changes nothing. */
import type { CoreV1Event, V1Pod } from '@kubernetes/client-node';
import { heartbeat } from '@temporalio/activity';
import { CRASH_LOOP, type SeenReplica, type WatchedReplica } from '../../../contracts/deployment/live-replica.ts';
import type { Secret } from '../../../contracts/core/secret.ts';
import { lastPart } from '../../../contracts/core/text.ts';
import { mask } from '../../logs/masker.ts';
import { secretsOfRun } from '../fetch-variables.ts';
import { ANNOTATION, COMPONENT, LABEL, generationIn } from './labels.ts';
import type { SeenPod } from './look.ts';
import { namespacesOf, type KubernetesPlace } from './place.ts';
import { lastLines } from './pod-log.ts';
import { probePod } from './probe-way.ts';
import { podTrouble } from './rollout/pod-trouble.ts';
import { readRun } from './run.ts';

const SHOWN_LINES = 10;
const WORDS = 1_000;
/** The words of all that crash in a cluster. How often they did is known without, and must come back in time. */
const WORDS_MS = 15_000;
/** All questions of a look, which are more than the longest `health.timeout` and less than the activity has. */
const ASKING_MS = 75_000;
const ASKED_AT_ONCE = 16;
/** The pods of one deployment that are asked: enough to find a version that answers badly. */
const ASKED_OF_EACH = 8;
/** A timer may ring a little before its time. */
const EARLY_MS = 20;

interface Found {
  readonly replica: WatchedReplica;
  readonly pods: readonly V1Pod[];
}

export async function lookAtReplicas(
  place: KubernetesPlace,
  replicas: readonly WatchedReplica[],
  signal: AbortSignal,
): Promise<readonly SeenReplica[]> {
  const all = await livePods(place, signal);
  const wordsSignal = AbortSignal.any([signal, AbortSignal.timeout(WORDS_MS)]);
  const seen: SeenReplica[] = [];
  const serving: Found[] = [];
  for (const replica of replicas) {
    signal.throwIfAborted();
    heartbeat();
    const { deploymentId, baseline, isKnown, isOut } = replica;
    const pods = all.filter((pod) => isOf(pod, replica));
    if (pods.length === 0) {
      seen.push({ deploymentId, restarts: null, trouble: isOut ? '' : 'its pods are not there any more.' });
      continue;
    }
    const restarts = restartsOf(pods);
    const from = baseline === null ? restarts : baseline > restarts ? 0 : baseline;
    const isLoop = !isKnown && restarts - from >= CRASH_LOOP.restarts;
    const found = { replica, pods };
    const words = isLoop ? await lastEnd(place, found, wordsSignal) : undefined;
    const ready = pods.filter(isReady);
    if (ready.length > 0) serving.push({ replica, pods: ready });
    // A crash loop is reported by itself already.
    const isSaid = isOut || isKnown || isLoop;
    const trouble = ready.length === 0 && { trouble: isSaid ? '' : await down(place, found, wordsSignal) };
    seen.push({ ...{ deploymentId, restarts }, ...(words !== undefined && { lastEnd: words }), ...trouble });
  }
  const answers = await answersOf(place, serving, signal);
  return seen.map((one) => {
    const trouble = answers.get(one.deploymentId);
    return trouble === undefined ? one : { ...one, trouble };
  });
}

/** Every pod that serves, or should. Those on their way out are replaced by others. */
async function livePods(
  { client, cluster, ...place }: KubernetesPlace,
  signal: AbortSignal,
): Promise<readonly V1Pod[]> {
  const labelSelector = `${LABEL.owner}=${cluster.owner},${LABEL.component}=${COMPONENT.server}`;
  const lists = namespacesOf({ client, cluster, ...place }).map((namespace) =>
    client.list<V1Pod>({ apiVersion: 'v1', kind: 'Pod' }, namespace, { labelSelector }, signal),
  );
  return (await Promise.all(lists)).flat().filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
}

const isOf = ({ metadata }: V1Pod, { deploymentId, generation }: WatchedReplica): boolean =>
  metadata?.annotations?.[ANNOTATION.deployment] === deploymentId && generationIn(metadata.labels) === generation;

const isReady = ({ status }: V1Pod): boolean =>
  status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true;

const readyPod = (pod: V1Pod): SeenPod => ({
  ...{ pod, name: pod.metadata?.name ?? '', generation: generationIn(pod.metadata?.labels) ?? 0 },
  ...{ run: readRun(pod.metadata?.annotations), running: true, ready: true, serving: true, ending: false },
});

const ownContainer = ({ metadata, status }: V1Pod) =>
  status?.containerStatuses?.find(({ name }) => name === metadata?.labels?.[LABEL.name]);

/** The first restart of a pod is not counted: a node that was restarted does that to all of its pods, and it is no loop. */
const restartsOf = (pods: readonly V1Pod[]): number =>
  pods.reduce((sum, pod) => sum + Math.max((ownContainer(pod)?.restartCount ?? 0) - 1, 0), 0);

/** None of its pods is ready: the reason, as far as the cluster knows it. */
async function down(place: KubernetesPlace, { replica, pods }: Found, signal: AbortSignal): Promise<string> {
  const namespace = pods[0]?.metadata?.namespace ?? '';
  const events = await place.client
    .list<CoreV1Event>({ apiVersion: 'v1', kind: 'Event' }, namespace, { fieldSelector: 'type=Warning' }, signal)
    .catch((): CoreV1Event[] => []);
  const [trouble] = pods.map((pod) => podTrouble(pod, events)).filter((one) => one !== undefined);
  const secrets = await secretsOf(place, { replica, pods }, signal);
  const none = `none of its pods (${pods.length}) is ready.`;
  return trouble && secrets ? `${none} ${mask(trouble.message, secrets)}` : none;
}

/** @returns `undefined` when they cannot be had now */
async function secretsOf(
  place: KubernetesPlace,
  { replica: { key, deploymentId }, pods }: Found,
  signal: AbortSignal,
): Promise<readonly Secret[] | undefined> {
  const run = readRun(pods[0]?.metadata?.annotations);
  return run && secretsOfRun(place, { key, deploymentId, serving: run }, signal).catch(() => undefined);
}

/** Its code and last words; what cannot be had of that is left out. */
async function lastEnd(place: KubernetesPlace, found: Found, signal: AbortSignal): Promise<string> {
  const restarts = (pod: V1Pod) => ownContainer(pod)?.restartCount ?? 0;
  const [pod] = found.pods.toSorted((one, other) => restarts(other) - restarts(one));
  const { name: container = '', lastState } = (pod && ownContainer(pod)) ?? {};
  const end = lastState?.terminated;
  const secrets = await secretsOf(place, found, signal);
  const at = { namespace: pod?.metadata?.namespace ?? '', pod: pod?.metadata?.name ?? '', container };
  const lines = secrets ? await lastLines(place, { ...at, secrets, signal }) : [];
  const said = lastPart(lines.slice(-SHOWN_LINES).join('\n'), WORDS);
  return [
    end ? `It exited with code ${end.exitCode}.` : '',
    end?.reason === 'OOMKilled'
      ? 'It ran out of memory, and the kernel killed it: raise "resources.limits.memory" of the service (or run.memory), or let the program use less.'
      : '',
    said === '' ? '' : `Its last lines:\n${said}`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}

/** The answers of the ready ones, by deployment. One that was not asked in time has no entry. */
async function answersOf(
  place: KubernetesPlace,
  serving: readonly Found[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string | null>> {
  const answers = new Map<string, string | null>();
  const within = AbortSignal.any([signal, AbortSignal.timeout(ASKING_MS)]);
  // Shared by all who ask. Those that are given a long time come last, so that they take none from the others.
  const queue = serving.toSorted((one, other) => patienceOf(one) - patienceOf(other)).values();
  const askOn = async () => {
    for (const found of queue) {
      if (within.aborted) return;
      heartbeat();
      const said = await answerOf(place, found, within).catch(() => undefined);
      if (said !== undefined) answers.set(found.replica.deploymentId, said);
    }
  };
  await Promise.all(Array.from({ length: ASKED_AT_ONCE }, askOn));
  signal.throwIfAborted();
  return answers;
}

const patienceOf = ({ pods }: Found): number => readRun(pods[0]?.metadata?.annotations)?.health.timeoutMs ?? 0;

/** Asks the pods that get requests, each at its own port: one that answers badly is reached by some of the users. */
async function answerOf(place: KubernetesPlace, found: Found, signal: AbortSignal): Promise<string | null | undefined> {
  const run = readRun(found.pods[0]?.metadata?.annotations);
  if (!run) return undefined;
  const { health, namespace } = run;
  const at = { port: run.run.port, namespace };
  const askPod = async (pod: V1Pod, secrets?: readonly Secret[]) =>
    probePod(place, readyPod(pod), at, {
      health,
      options: { signal, timeoutMs: health.timeoutMs, ...(secrets && { secrets }) },
    });
  for (const pod of found.pods.slice(0, ASKED_OF_EACH)) {
    const askedAt = performance.now();
    const answer = await askPod(pod);
    if (answer === null) continue;
    if (found.replica.isOut) return answer;
    // One that did not answer says nothing more when it is asked again.
    if (performance.now() - askedAt >= health.timeoutMs - EARLY_MS) return failed(pod, answer);
    // Probe once more, now that the answer can be shown.
    const secrets = await secretsOf(place, found, signal);
    const again = await askPod(pod, secrets);
    if (again !== null) return failed(pod, mask(again, secrets ?? []));
  }
  return null;
}

const failed = ({ metadata }: V1Pod, answer: string): string =>
  `${metadata?.name ?? 'a pod'} does not pass its health check: ${answer}.`;
