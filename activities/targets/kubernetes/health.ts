/** One health attempt at a run: its rollout is followed to its end, then its pods are asked for as long as one request may take. */
import { activityInfo, heartbeat } from '@temporalio/activity';
import { FailureType, failure } from '../../../contracts/core/failures.ts';
import { healthAttemptMs } from '../../../contracts/config/service.ts';
import type { Secret } from '../../../contracts/core/secret.ts';
import { lastPart } from '../../../contracts/core/text.ts';
import { mask } from '../../logs/masker.ts';
import { until } from '../poll-until.ts';
import type { ProbeResult } from '../probe.ts';
import { AT_ONCE, Streak, asWords } from '../streak.ts';
import { tell } from '../tell.ts';
import type { SeenPod } from './look.ts';
import type { KubernetesPlace } from './place.ts';
import { lastLines } from './pod-log.ts';
import { probePod } from './probe-way.ts';
import { lookAtRollout, type Rollout } from './rollout.ts';
import type { Run } from './run.ts';

/** Nodes report a change within a second. */
const ROLLOUT_MS = 200;
/** A node asks a pod every two seconds whether it is ready, and reports a little later. */
const REPORTING_MS = 5_000;
/** Pods that are asked at the same time. */
const AT_A_TIME = 8;
const LEAST_REQUEST_MS = 50;
const LINES_IN_MESSAGE = 10;
const WORDS_IN_MESSAGE = 1_500;

interface Attempt {
  readonly signal: AbortSignal;
  /** Values to mask in its output. */
  readonly secrets: readonly Secret[];
}

/**
 * Resolves when the rollout has ended and all pods of the run are healthy, and have stayed so as its settings ask. On
 * failure a pod's log goes to the deployment's log.
 *
 * @returns the pods
 * @throws `Unhealthy`, `ContainerExited` (retryable), and what the rollout ends with
 */
export async function healthAttempt(
  place: KubernetesPlace,
  run: Run,
  { signal, secrets }: Attempt,
): Promise<readonly SeenPod[]> {
  const begunAt = place.now();
  const { health } = run;
  const { stable = AT_ONCE } = health;
  const streak = new Streak(stable);
  const deadline = begunAt + run.rolloutMs;
  let rolledOutAt: number | undefined;
  let answer: string | undefined;
  let found: Rollout | undefined;

  const ask = async (): Promise<'healthy' | 'unhealthy' | undefined> => {
    heartbeat();
    found = await lookAtRollout(place, run, deadline, signal);
    const { verdict, pods } = found;
    if (verdict.kind === 'failed') return 'unhealthy';
    const stuck = pods.find((pod) => isStuck(pod, { begunAt, patienceMs: health.timeoutMs, now: place.now() }));
    if (verdict.kind === 'waiting' && !stuck) {
      if (streak.isUnderWay) streak.note(false, performance.now());
      return undefined;
    }
    const asked = verdict.kind === 'done' ? pods : pods.filter((pod) => pod === stuck);
    rolledOutAt ??= performance.now();
    const left = Math.ceil(rolledOutAt + health.timeoutMs - performance.now());
    const timeoutMs = streak.isUnderWay ? health.timeoutMs : Math.max(LEAST_REQUEST_MS, left);
    const result = await probeAll(place, run, asked, { signal, timeoutMs, secrets });
    if (stuck) {
      answer = mask(result ?? `${stuck.name} answers, and its node does not find it ready`, secrets);
      return 'unhealthy';
    }
    if (streak.note(result === null, performance.now())) return 'healthy';
    if (result !== null) answer = mask(result, secrets);
    return result === null || performance.now() < rolledOutAt + health.timeoutMs ? undefined : 'unhealthy';
  };
  const everyMs = () => (rolledOutAt === undefined ? ROLLOUT_MS : streak.pauseMs);
  const outcome = await until(ask, { timeoutMs: run.rolloutMs + healthAttemptMs(health), everyMs, signal });
  if (outcome === 'healthy' && found) {
    if (stable.forMs > 0) await tell(place, run, 'health', [`All pods were healthy ${asWords(stable)}.`]);
    return found.pods;
  }
  throw await explained(place, run, { found, answer, shortcoming: streak.shortcoming }, { signal, secrets });
}

/** Its container runs for longer than an answer may take, and its node still does not find it ready. */
function isStuck(
  { pod, running, ready }: SeenPod,
  { begunAt, patienceMs, now }: { readonly begunAt: number; readonly patienceMs: number; readonly now: number },
): boolean {
  if (!running || ready) return false;
  const startedAt = pod.status?.containerStatuses?.[0]?.state?.running?.startedAt;
  const since = Math.max(begunAt, startedAt === undefined ? 0 : new Date(startedAt).getTime());
  return now > since + patienceMs + REPORTING_MS;
}

/** The first answer that is not as it should be; `null` when all are. */
async function probeAll(
  place: KubernetesPlace,
  run: Run,
  pods: readonly SeenPod[],
  options: { readonly signal: AbortSignal; readonly timeoutMs: number; readonly secrets: readonly Secret[] },
): Promise<ProbeResult> {
  if (pods.length === 0) return 'There is no pod of it';
  const at = { port: run.run.port, namespace: run.namespace };
  for (let from = 0; from < pods.length; from += AT_A_TIME) {
    const some = pods.slice(from, from + AT_A_TIME);
    const answers = await Promise.all(some.map((pod) => probePod(place, pod, at, { health: run.health, options })));
    const bad = answers.find((one) => one !== null);
    if (bad !== undefined) return bad;
  }
  return null;
}

interface Finding {
  readonly found: Rollout | undefined;
  readonly answer: string | undefined;
  /** The result of the checks so far, in words. */
  readonly shortcoming: string;
}

async function explained(place: KubernetesPlace, run: Run, { found, answer, shortcoming }: Finding, attempt: Attempt) {
  const { signal, secrets } = attempt;
  const tries = `Attempt ${activityInfo().attempt} of ${run.health.attempts}`;
  const verdict = found?.verdict;
  const failed = verdict?.kind === 'failed' ? verdict : undefined;
  const pod = failed ? failed.pod : found?.pods[0]?.name;
  const { namespace, key } = run;
  const lines =
    pod === undefined
      ? []
      : await lastLines(place, { namespace, pod, container: failed?.container ?? key.service, secrets, signal });
  signal.throwIfAborted();
  await tell(place, run, 'deploy', lines);
  if (failed) {
    const said = lastPart(lines.slice(-LINES_IN_MESSAGE).join('\n'), WORDS_IN_MESSAGE);
    const words = failed.type === FailureType.ContainerExited && said !== '' ? ` Its last lines:\n${said}` : '';
    return failure(
      failed.type,
      `${tries}: ${mask(failed.message, secrets)}${words}`,
      failed.retryable === false ? { retryable: false } : {},
    );
  }
  const waiting = verdict?.kind === 'waiting' ? verdict.why : 'it was not checked';
  const finding = [`${tries}: ${answer ?? waiting}`, shortcoming].filter((part) => part !== '').join('. ') + '.';
  await tell(place, run, 'health', [finding]);
  return failure(FailureType.Unhealthy, `${finding} Read what its pods say in the deployment's log.`);
}
