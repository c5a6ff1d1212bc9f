/**
 * The release command: one run of the new image for each release and environment, before anything is switched.
 *
 * It runs at most once. Its Job is made suspended and is named after the release, so that a repeated call finds it; a mark
 * in the fence is written before the Job may run. A Job that is gone while its mark remains may have run, and then
 * Landfall does not run it again by itself. A person who knows that requests run 2.
 */
import type { CoreV1Event, V1Job, V1Pod } from '@kubernetes/client-node';
import { heartbeat } from '@temporalio/activity';
import { formatDuration } from '../../../contracts/core/duration.ts';
import { FailureType, failure, failureOf } from '../../../contracts/core/failures.ts';
import type { ReleaseCommand } from '../../../contracts/config/service.ts';
import { lastPart } from '../../../contracts/core/text.ts';
import { logStream } from '../../../contracts/deployment/logs.ts';
import type { ReleaseOnce } from '../release-once.ts';
import { createStepLog, type StepLog } from '../../logs/step-log.ts';
import { secretsOf } from '../mask-error.ts';
import { until } from '../poll-until.ts';
import { ObjectConflict } from './client/status.ts';
import { COMPONENT, objectSelector } from './labels.ts';
import { releaseJob } from './manifests/release-job.ts';
import { releaseJobName } from './names.ts';
import { assertOwned } from './ownership.ts';
import { makerOf, type KubernetesPlace } from './place.ts';
import { relayLog } from './release-log.ts';
import { JOB, isMarked, markBegun } from './release-mark.ts';
import { releaseState, type ReleaseState } from './release-state.ts';
import type { Run } from './run.ts';

const POLL_MS = 500;
/** A node is found, and the image pulled, within this: the whole call has five minutes around the command. */
const BEGINNING_MS = 4 * 60_000;
/** Its last output may arrive after its end. */
const LAST_WORDS_MS = 5_000;
/** The cluster's own part in ending a pod, beside the time that its program is given. */
const ENDING_MS = 15_000;
const WORDS_IN_MESSAGE = 1_500;

type Once = ReleaseOnce<Run>;

type Ended = Exclude<ReleaseState, { readonly kind: 'waiting' | 'running' }>;

/**
 * Resolves when the command has ended well. Its output goes to the deployment's log. Its variables are in the cluster
 * already.
 *
 * @throws `ReleaseCommandFailed` (final) for any other end, and when it cannot be known whether it ran;
 * `InvalidConfiguration` for a command that the image does not have
 */
export async function runOnce(place: KubernetesPlace, command: ReleaseCommand, once: Once): Promise<void> {
  const { run, values } = once;
  const stream = logStream('deployment', run.deploymentId);
  const log = createStepLog({ sink: place.logs, stream, source: 'release', secrets: secretsOf(values) });
  try {
    const job = await begin(place, await findOrCreate(place, command, once), once, log);
    const ended = await follow(place, { job, command, once, log });
    if (ended.kind === 'ended' && ended.exitCode === 0) {
      await log.say('The release command ended well.');
      return;
    }
    throw ended.kind === 'ended'
      ? failed(place, `exited with code ${ended.exitCode}`, log, killedBy(ended))
      : failed(place, 'was cut off', log, `${ended.why}.`);
  } finally {
    await log.close();
  }
}

const refOf = ({ run, number }: Pick<Once, 'run' | 'number'>) => ({
  ...JOB,
  metadata: { name: releaseJobName(run, number), namespace: run.namespace },
});

async function findOrCreate(place: KubernetesPlace, command: ReleaseCommand, once: Once): Promise<V1Job> {
  const { client, cluster } = place;
  const { run, number, values, signal } = once;
  const ref = refOf(once);
  const find = async () => {
    const found = await client.read<V1Job>(ref, signal);
    if (found) assertOwned(found, { owner: cluster.owner, key: run.key });
    return found;
  };
  const found = await find();
  if (found) return found;
  if (await isMarked(place, run, ref.metadata.name, signal)) throw unknown(place, run, 'its Job is gone');
  signal.throwIfAborted();
  const job = releaseJob(makerOf(place), run, values, { command, number });
  await client.create(job, signal).catch((error: unknown) => {
    // Created by a call whose answer was lost.
    if (!(error instanceof ObjectConflict)) throw error;
  });
  const created = await find();
  if (created) return created;
  throw unknown(place, run, 'its Job was removed at once');
}

/** Lets it run, unless that was done before. */
async function begin(place: KubernetesPlace, job: V1Job, { run, signal }: Once, log: StepLog): Promise<V1Job> {
  const { client, cluster } = place;
  if (job.spec?.suspend !== true) {
    await log.say('The release command was started before; its output from the beginning:');
    return job;
  }
  await markBegun(place, run, job.metadata?.name ?? '', signal);
  signal.throwIfAborted();
  await log.say(`Running the release command on ${cluster.name}.`);
  return client.patch<V1Job>(job, [{ op: 'replace', path: '/spec/suspend', value: false }], signal);
}

interface Followed {
  readonly job: V1Job;
  readonly command: ReleaseCommand;
  readonly once: Once;
  readonly log: StepLog;
}

async function follow(place: KubernetesPlace, followed: Followed): Promise<Ended> {
  const { job, command, once, log } = followed;
  const { run, signal, isCancelled } = once;
  const enough = new AbortController();
  const begunAt = place.now();
  let relaying: Promise<void> | undefined;
  let isOver = false;
  /** The last that was heard. */
  let last: ReleaseState = { kind: 'waiting' };
  const left = (): number =>
    last.kind === 'running' ? last.startedAt + command.timeoutMs - place.now() : begunAt + BEGINNING_MS - place.now();

  const look = async (): Promise<Ended | 'late' | 'stuck' | undefined> => {
    heartbeat();
    last = await stateOf(place, job, run, signal).catch((error: unknown) => {
      // The command goes on while the API server is away.
      if (failureOf(error)?.type !== FailureType.EngineUnavailable || left() <= 0) throw error;
      return last;
    });
    if (last.kind === 'running' || last.kind === 'ended') {
      const { namespace, key } = run;
      relaying ??= relayLog(place, {
        ...{ namespace, pod: last.pod, container: key.service, log },
        isOver: () => isOver,
        signal: AbortSignal.any([signal, enough.signal]),
      });
    }
    if (last.kind === 'ended' || last.kind === 'taken') return last;
    if (last.kind === 'waiting' && last.trouble && isHopeless(last.trouble)) return 'stuck';
    return left() <= 0 ? 'late' : undefined;
  };
  try {
    const outcome = await until(look, { timeoutMs: Number.POSITIVE_INFINITY, everyMs: POLL_MS, signal });
    if (typeof outcome === 'object') return outcome;
    await end(place, job, run);
    throw notInTime(place, last, command, log);
  } catch (error) {
    if (isCancelled()) await end(place, job, run);
    throw error;
  } finally {
    isOver = true;
    await Promise.race([relaying, new Promise((resolve) => setTimeout(resolve, LAST_WORDS_MS).unref())]);
    enough.abort();
    await relaying;
  }
}

/** A registry that does not answer may answer yet. */
const isHopeless = ({ isLasting, type }: { readonly isLasting: boolean; readonly type: FailureType }): boolean =>
  isLasting && type !== FailureType.RegistryUnavailable && type !== FailureType.Unhealthy;

async function stateOf(place: KubernetesPlace, job: V1Job, run: Run, signal: AbortSignal): Promise<ReleaseState> {
  const { client, cluster } = place;
  const { namespace, key } = run;
  const labelSelector = objectSelector(cluster.owner, key, COMPONENT.release);
  const [current, pods, events] = await Promise.all([
    client.read<V1Job>(job, signal),
    client.list<V1Pod>({ apiVersion: 'v1', kind: 'Pod' }, namespace, { labelSelector }, signal),
    client.list<CoreV1Event>({ apiVersion: 'v1', kind: 'Event' }, namespace, { fieldSelector: 'type=Warning' }, signal),
  ]);
  if (!current || current.metadata?.uid !== job.metadata?.uid)
    throw unknown(place, run, 'its Job was removed meanwhile');
  return releaseState({ job: current, pods, events, container: key.service });
}

/**
 * Ends it for good: a Job whose time is over takes its pod away, with the time that the program is given, and never makes
 * another. Resolves when the pod has ended, or should have.
 */
async function end(place: KubernetesPlace, job: V1Job, run: Run): Promise<void> {
  const { client } = place;
  const limitMs = run.run.stopTimeoutMs + ENDING_MS;
  const signal = AbortSignal.timeout(limitMs + ENDING_MS);
  await client.patch<V1Job>(job, [{ op: 'add', path: '/spec/activeDeadlineSeconds', value: 1 }], signal);
  const isGone = async () => {
    heartbeat();
    const { kind } = await stateOf(place, job, run, signal);
    return kind === 'ended' || kind === 'taken' ? true : undefined;
  };
  await until(isGone, { timeoutMs: limitMs, everyMs: POLL_MS, signal });
}

function killedBy({ oomKilled }: { readonly oomKilled: boolean }): string {
  return oomKilled
    ? 'It ran out of memory, and the kernel killed it. Raise "resources.limits.memory" of the service (or run.memory), or let the program use less.'
    : '';
}

function notInTime({ cluster }: KubernetesPlace, last: ReleaseState, command: ReleaseCommand, log: StepLog) {
  if (last.kind !== 'waiting') {
    return failed({ cluster }, `did not end within ${formatDuration(command.timeoutMs)} and was killed`, log);
  }
  const { trouble } = last;
  const type =
    trouble?.type === FailureType.InvalidConfiguration
      ? FailureType.InvalidConfiguration
      : FailureType.ReleaseCommandFailed;
  const why = trouble?.message ?? `It was not begun within ${formatDuration(BEGINNING_MS)}: look at its Job.`;
  return failure(type, `The release command did not begin on ${cluster.name}; nothing was switched. ${why}`);
}

/** @param why - one sentence, or empty */
function failed({ cluster }: Pick<KubernetesPlace, 'cluster'>, how: string, log: StepLog, why = '') {
  const said = lastPart(log.tail().join('\n'), WORDS_IN_MESSAGE);
  return failure(
    FailureType.ReleaseCommandFailed,
    `The release command ${how} on ${cluster.name}; nothing was switched. ${why === '' ? '' : `${why} `}` +
      (said === '' ? 'It printed nothing.' : `Its last lines:\n${said}`),
  );
}

const unknown = ({ cluster }: KubernetesPlace, { deploymentId }: Run, why: string) =>
  failure(
    FailureType.ReleaseCommandFailed,
    `It is not known whether the release command of ${deploymentId} ran to its end on ${cluster.name}: ${why}. ` +
      'It is not run again by itself, and nothing was switched. Look at what it does (the database, say), then release again: a new release runs it once more.',
  );
