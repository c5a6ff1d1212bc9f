/** Looks at live containers after their deployment has ended: their restarts, and whether they serve. Changes nothing. */
import { heartbeat } from '@temporalio/activity';
import { CRASH_LOOP, type SeenReplica, type WatchedReplica } from '../../../contracts/deployment/live-replica.ts';
import { lastPart } from '../../../contracts/core/text.ts';
import { PodmanError } from '../../podman/client.ts';
import type { ContainerDetail, ContainerSummary } from '../../podman/containers.ts';
import { mask } from '../../logs/masker.ts';
import { LABEL, generationOf, readRun } from './container-spec.ts';
import { endedBy } from '../ending.ts';
import { secretsOfRun } from '../fetch-variables.ts';
import { probe } from './health.ts';
import type { PodmanPlace } from './place.ts';

/** Masking must see where a key of many lines begins; fewer of them are shown. */
const READ_LINES = 200;
const SHOWN_LINES = 10;
const WORDS = 1_000;
/** The words of all that crash on a host. How often they did is known without, and must come back in time. */
const WORDS_MS = 15_000;
/** The time for all questions of a look. */
export interface LookTimes {
  /** One that hangs must not hide what the others are: those that are given at most half of it are asked within it. */
  readonly soonMs: number;
  /** Those that are given longer: more than the longest `health.timeout`, and less than the activity has. */
  readonly patientMs: number;
}

const TIMES: LookTimes = { soonMs: 15_000, patientMs: 75_000 };
const PROBES_AT_ONCE = 16;
/** A timer may ring a little before its time. */
const EARLY_MS = 20;

interface Found {
  readonly replica: WatchedReplica;
  readonly container: ContainerSummary;
  readonly detail: ContainerDetail;
}

export async function lookAtReplicas(
  place: PodmanPlace,
  replicas: readonly WatchedReplica[],
  signal: AbortSignal,
  times = TIMES,
): Promise<readonly SeenReplica[]> {
  const all = await place.containers.list(LABEL.key, signal);
  const wordsSignal = AbortSignal.any([signal, AbortSignal.timeout(WORDS_MS)]);
  const seen: SeenReplica[] = [];
  const running: Found[] = [];
  for (const replica of replicas) {
    signal.throwIfAborted();
    heartbeat();
    const { deploymentId, generation, baseline, isKnown, isOut } = replica;
    const container = all.find(
      (one) => one.labels[LABEL.deployment] === deploymentId && generationOf(one) === generation,
    );
    if (!container) {
      seen.push({ deploymentId, restarts: null, trouble: isOut ? '' : 'its container is not there any more.' });
      continue;
    }
    const detail = await inspect(place, container, signal);
    if (!detail) continue;
    const { restarts } = detail;
    const from = baseline === null ? restarts : baseline > restarts ? 0 : baseline;
    const isLoop = !isKnown && restarts - from >= CRASH_LOOP.restarts;
    const found = { replica, container, detail };
    const words = isLoop ? await lastEnd(place, found, wordsSignal) : undefined;
    if (detail.running) running.push(found);
    // A crash loop is reported by itself already.
    const isSaid = isOut || isKnown || isLoop;
    const trouble = !detail.running && { trouble: isSaid ? '' : await down(place, found, wordsSignal) };
    seen.push({ ...{ deploymentId, restarts }, ...(words !== undefined && { lastEnd: words }), ...trouble });
  }
  const answers = await answersOf(place, running, signal, times);
  return seen.map((one) => {
    const trouble = answers.get(one.deploymentId);
    return trouble === undefined ? one : { ...one, trouble };
  });
}

/** One that is being replaced or removed at this moment must not hide the others. */
async function inspect({ containers }: PodmanPlace, { id }: ContainerSummary, signal: AbortSignal) {
  try {
    return await containers.inspect(id, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof PodmanError) return undefined;
    throw error;
  }
}

async function down(place: PodmanPlace, found: Found, signal: AbortSignal): Promise<string> {
  const { state } = found.detail;
  if (state === 'paused') return 'its container is paused.';
  const end = await lastEnd(place, found, signal);
  return `its container is down (${state}), and nothing starts it again.${end === '' ? '' : ` ${end}`}`;
}

/** The answers of the running ones, by deployment. One that was not probed in time has no entry. */
async function answersOf(
  place: PodmanPlace,
  running: readonly Found[],
  signal: AbortSignal,
  { soonMs, patientMs }: LookTimes,
): Promise<ReadonlyMap<string, string | null>> {
  const [soon, late] = [soonMs, patientMs].map((ms) => AbortSignal.any([signal, AbortSignal.timeout(ms)]));
  const answers = new Map<string, string | null>();
  // Replicas that are given a long time come last, so that they take none from the others.
  const waiting = running.toSorted((one, other) => patienceOf(one) - patienceOf(other));
  const ask = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const within = (patienceOf(next) > soonMs / 2 ? late : soon) ?? signal;
      if (within.aborted) continue;
      heartbeat();
      // A probe that the end of the time cuts off rejects, and tells nothing about the service.
      const trouble = await answerOf(place, next, within).catch(() => undefined);
      if (trouble !== undefined) answers.set(next.replica.deploymentId, trouble);
    }
  };
  await Promise.all(Array.from({ length: PROBES_AT_ONCE }, ask));
  signal.throwIfAborted();
  return answers;
}

const patienceOf = ({ container }: Found): number => readRun(container)?.health.timeoutMs ?? 0;

/** Probes a replica with its own settings, at its own port. */
async function answerOf(
  place: PodmanPlace,
  { replica, container }: Found,
  signal: AbortSignal,
): Promise<string | null | undefined> {
  const run = readRun(container);
  if (!run) return undefined;
  const instance = { container, binding: container.ports[0] };
  const options = { signal, timeoutMs: run.health.timeoutMs };
  const askedAt = performance.now();
  const answer = await probe(place, instance, run.health, options);
  if (answer === null || replica.isOut) return answer;
  // One that did not answer says nothing more when it is asked again.
  if (performance.now() - askedAt >= run.health.timeoutMs - EARLY_MS) return failed(answer);
  // Probe once more, now that the answer can be shown.
  const { key, deploymentId } = replica;
  const secrets = await secretsOfRun(place, { key, deploymentId, serving: run }, signal);
  const again = await probe(place, instance, run.health, { ...options, ...(secrets && { secrets }) });
  return again === null ? null : failed(mask(again, secrets ?? []));
}

const failed = (answer: string) => `it does not pass its health check: ${answer}.`;

/** Its code and last words; what cannot be had of that is left out. */
async function lastEnd(
  place: PodmanPlace,
  { replica: { key, deploymentId }, container, detail }: Found,
  signal: AbortSignal,
): Promise<string> {
  const run = readRun(container);
  const since = new Date(place.now() - CRASH_LOOP.withinMs);
  const told = await place.containers.firstEnd(container.id, since, signal).catch(() => undefined);
  // While it runs again, the engine's own record of its end is gone.
  const exitCode = told?.exitCode ?? (detail.running ? undefined : detail.exitCode);
  const why = exitCode === undefined ? '' : endedBy({ exitCode, oomKilled: detail.oomKilled }, run?.run ?? {});
  const secrets =
    run && (await secretsOfRun(place, { key, deploymentId, serving: run }, signal).catch(() => undefined));
  const wanted = { since, tail: READ_LINES, signal };
  const text = secrets ? await place.containers.logs(container.id, wanted).catch(() => '') : '';
  const lines = mask(text, secrets ?? [])
    .trim()
    .split('\n');
  const said = lastPart(lines.slice(-SHOWN_LINES).join('\n'), WORDS);
  return [
    exitCode === undefined ? '' : `It exited with code ${exitCode}.`,
    why,
    said === '' ? '' : `Its last lines:\n${said}`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}
