/** One health attempt at one container: ask again and again, for as long as one request may take. */
import { activityInfo, heartbeat } from '@temporalio/activity';
import { FailureType, failure } from '../../../contracts/core/failures.ts';
import type { Secret } from '../../../contracts/core/secret.ts';
import type { HealthSettings } from '../../../contracts/config/service.ts';
import { lastPart } from '../../../contracts/core/text.ts';
import { healthAttemptMs } from '../../../contracts/config/service.ts';
import { PodmanError } from '../../podman/client.ts';
import type { LogWindow } from '../../podman/container-log.ts';
import type { ContainerDetail } from '../../podman/containers.ts';
import { mask } from '../../logs/masker.ts';
import { type Instance, type PodmanPlace } from './place.ts';
import { tell } from '../tell.ts';
import { probeHttp, probeTcp, type ProbeAddress, type ProbeOptions, type ProbeResult } from '../probe.ts';
import { probeContainer } from './healthcheck.ts';
import { endedBy } from '../ending.ts';
import { neverRan } from './refusals.ts';
import type { Run } from './container-spec.ts';
import { until } from '../poll-until.ts';
import { AT_ONCE, Streak, asWords, inSeconds } from '../streak.ts';

/** A request that is given less than this says nothing about the service. */
const LEAST_REQUEST_MS = 50;
/** A timer may ring a little before its time: what is cut off within this is cut off by the attempt's end. */
const EARLY_MS = 20;
const LOG_LINES = 200;
const LINES_IN_MESSAGE = 10;
const LINE_IN_MESSAGE = 500;

interface Attempt {
  /** The begin of the attempt, before the container was started: its output since then explains a failure. */
  readonly begunAt: number;
  readonly signal: AbortSignal;
  /** Values to mask in its output. */
  readonly secrets: readonly Secret[];
}

/**
 * Resolves when the container is healthy, and has stayed so as its settings ask. On failure its log goes to the
 * deployment's log.
 *
 * @throws `Unhealthy` (retryable); `ContainerExited` (retryable, except for one that has answered well before);
 * `InvalidConfiguration` for a HEALTHCHECK that is not there, and for a program that the kernel does not take
 */
export async function healthAttempt(place: PodmanPlace, instance: Instance, run: Run, attempt: Attempt): Promise<void> {
  const { container } = instance;
  const { begunAt, signal, secrets } = attempt;
  const { timeoutMs: patienceMs, stable = AT_ONCE } = run.health;
  const deadline = performance.now() + patienceMs;
  const streak = new Streak(stable);
  let answer: string | undefined;
  /** Restarts counted in earlier attempts do not count in this one. */
  let restarts: number | undefined;

  const look = async () => {
    const detail = await place.containers.inspect(container.id, signal);
    restarts ??= detail.restarts;
    return !detail.running || detail.restarts > restarts ? detail : undefined;
  };

  const outcome = await until<'healthy' | 'unhealthy' | ContainerDetail>(
    async () => {
      heartbeat();
      const ended = await look();
      if (ended) return ended;
      const left = Math.ceil(deadline - performance.now());
      const timeoutMs = streak.isUnderWay ? patienceMs : Math.max(LEAST_REQUEST_MS, left);
      const result = await probe(place, instance, run.health, { signal, timeoutMs, secrets });
      if (streak.note(result === null, performance.now())) return 'healthy';
      const isLate = performance.now() >= deadline - EARLY_MS;
      // A probe that the end of the attempt cut off tells less about the service than an answer before it.
      if (result !== null && (answer === undefined || !isLate || timeoutMs === patienceMs))
        answer = mask(result, secrets);
      if (result === null || performance.now() < deadline) return undefined;
      // The probe may have failed because the container has ended.
      return (await look()) ?? 'unhealthy';
    },
    { timeoutMs: healthAttemptMs(run.health), everyMs: () => streak.pauseMs, signal },
  );
  if (outcome === 'healthy') {
    if (stable.forMs > 0) await tell(place, run, 'health', [`${container.name} was healthy ${asWords(stable)}.`]);
    return;
  }
  const ended = outcome === 'unhealthy' ? undefined : outcome;
  const wellMs = streak.firstGoodAt === undefined ? undefined : performance.now() - streak.firstGoodAt;

  const number = activityInfo().attempt;
  const tries = `Attempt ${number} of ${run.health.attempts}`;
  // Between attempts it would only crash on; the next attempt starts it again. One that its restart policy is just
  // about to start escapes this: the engine forgets a stop of what is not running.
  // One that cannot be stopped must not hide why it ended.
  if (ended) await place.containers.stop(container.id, run.run.stopTimeoutMs, signal).catch(unlessRefused);
  // The engine's events first: one that was started again, or stopped by us since, has another code by now.
  const end =
    ended && (await place.containers.firstEnd(container.id, new Date(begunAt), signal).catch(() => undefined));
  const lines = await readLog(place, container.id, {
    since: new Date(begunAt - waitBefore(run.health, number)),
    until: end?.at,
    signal,
    secrets,
  });
  signal.throwIfAborted();
  await tell(place, run, 'deploy', lines);
  if (ended) throw exited(instance, run, { ...ended, ...end, tries, lines, wellMs });
  const finding =
    [`${tries}: ${answer ?? 'it was not checked'}`, streak.shortcoming].filter((part) => part !== '').join('. ') + '.';
  await tell(place, run, 'health', [finding]);
  throw failure(FailureType.Unhealthy, `${finding} Read what ${container.name} says in the deployment's log.`);
}

interface Exit extends Pick<ContainerDetail, 'exitCode' | 'oomKilled'> {
  readonly tries: string;
  readonly lines: readonly string[];
  /** The time since it answered well for the first time. */
  readonly wellMs: number | undefined;
}

function exited({ container }: Instance, { run, health }: Run, { exitCode, oomKilled, tries, lines, wellMs }: Exit) {
  const refusal = neverRan(container.name, lines);
  if (refusal) return refusal;
  const why = endedBy({ exitCode, oomKilled }, run);
  // One long line does not hide the others.
  const last = lines.slice(-LINES_IN_MESSAGE).map((line) => lastPart(line, LINE_IN_MESSAGE));
  const said = lastPart(last.join('\n'), 1_500);
  const how =
    wellMs === undefined
      ? `exited with code ${exitCode}`
      : `exited with code ${exitCode} some ${inSeconds(wellMs)} after its first good answer, before it had been healthy ${asWords(health.stable)}`;
  return failure(
    FailureType.ContainerExited,
    `${tries}: ${container.name} ${how}. ${why === '' ? '' : `${why} `}` +
      (said === '' ? 'It printed nothing.' : `Its last lines:\n${said}`),
    // It had come up, so waiting mends nothing, and with `recreate` nothing else serves meanwhile.
    wellMs === undefined ? {} : { retryable: false },
  );
}

/** One question, as the settings say how. */
export async function probe(
  { containers }: PodmanPlace,
  { container, binding }: Pick<Instance, 'container' | 'binding'>,
  health: HealthSettings,
  options: ProbeOptions,
  /** The address to probe; the container's own port by default. */
  at: ProbeAddress | undefined = binding,
): Promise<ProbeResult> {
  if (!at) return `${container.name} publishes no port`;
  switch (health.kind) {
    case 'http':
      return probeHttp(at, health, options);
    case 'tcp':
      return probeTcp(at, options);
    case 'container':
      return probeContainer(containers, container, options);
  }
}

function unlessRefused(error: unknown): void {
  if (!(error instanceof PodmanError)) throw error;
}

/** Temporal's wait before this attempt: the container's output of that time belongs to it. */
function waitBefore({ firstWaitMs, maxWaitMs }: HealthSettings, attempt: number): number {
  return attempt <= 1 ? 0 : Math.min(firstWaitMs * 2 ** (attempt - 2), maxWaitMs);
}

async function readLog(
  { containers }: PodmanPlace,
  id: string,
  { secrets, ...wanted }: Omit<LogWindow, 'tail'> & { readonly secrets: readonly Secret[] },
): Promise<string[]> {
  // A log that cannot be read must not hide why the container is unhealthy.
  const text = await containers
    .logs(id, { ...wanted, tail: LOG_LINES })
    .catch((error: unknown) => `Its log could not be read: ${(error as Error).message}`);
  return mask(text, secrets)
    .split('\n')
    .filter((line) => line.trim() !== '');
}
