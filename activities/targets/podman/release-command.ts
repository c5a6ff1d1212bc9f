/**
 * The release command: one run of the new image for each release and environment, before anything is switched.
 *
 * It runs at most once. The container is named after the deployment and its generation and outlives its end, so a
 * repeated call finds it and continues. A volume marks the run before the container is started: a container that is
 * gone while its mark remains may have run, and then Landfall does not run it again by itself. A person who knows that
 * requests run 2.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { heartbeat } from '@temporalio/activity';
import { formatDuration } from '../../../contracts/core/duration.ts';
import { FailureType, failure } from '../../../contracts/core/failures.ts';
import { environmentId } from '../../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../../contracts/core/keys.ts';
import type { ReleaseCommand } from '../../../contracts/config/service.ts';
import { lastPart } from '../../../contracts/core/text.ts';
import type { VariableValues } from '../../../contracts/config/variables.ts';
import { logStream } from '../../../contracts/deployment/logs.ts';
import type { ReleaseOnce } from '../release-once.ts';
import { createStepLog, type StepLog } from '../../logs/step-log.ts';
import { PodmanError } from '../../podman/client.ts';
import type { ContainerDetail, ContainerSpec, ContainerSummary } from '../../podman/containers.ts';
import { ensureImage } from './image.ts';
import { endedBy } from '../ending.ts';
import { logLimit } from './log-limit.ts';
import { secretsOf } from '../mask-error.ts';
import type { PodmanPlace } from './place.ts';
import { startFailure } from './refusals.ts';
import { DEFAULT_STOP_MS, LABEL, processEnvironment, limitsOf, type Run } from './container-spec.ts';
import { ensureSecrets } from './secrets.ts';
import { until } from '../poll-until.ts';

/** Not the label of what serves: no other operation takes it for a version of the service. */
const ONCE = 'landfall.once';
const onceLabel = (key: EnvironmentKey): string => `${ONCE}=${environmentId(key)}`;
/**
 * A further run, requested by a person after the one before failed, is another container with a mark of its own. The
 * generation keeps it apart from a command of the same number that a store has forgotten (docs/adr/0013).
 */
const runName = ({ deploymentId, generation }: Run, number: number): string =>
  `landfall.${deploymentId}.${generation}.once${number === 1 ? '' : `.${number}`}`;

/** The generation and run in a name of {@link runName}; names from before generations were in them have none. */
function readName(deploymentId: string, name: string): { generation: number | null; number: number } | undefined {
  const prefix = `landfall.${deploymentId}.`;
  const parts = name.startsWith(prefix) ? /^(?:(\d+)\.)?once(?:\.(\d+))?$/.exec(name.slice(prefix.length)) : null;
  if (!parts) return undefined;
  const [, generation, number = '1'] = parts;
  return { generation: generation === undefined ? null : Number(generation), number: Number(number) };
}

const POLL_MS = 200;
/** An earlier call's start may still be under way. */
const STARTING_MS = 5_000;
/** Its last output may arrive after its end. */
const LAST_WORDS_MS = 3_000;
const WORDS_IN_MESSAGE = 1_500;

type Once = ReleaseOnce<Run>;

/**
 * Resolves when the command has ended well. Its output goes to the deployment's log.
 *
 * @throws `ReleaseCommandFailed` (final) for any other end, and when it cannot be known whether it ran
 */
export async function runOnce(place: PodmanPlace, command: ReleaseCommand, once: Once): Promise<void> {
  const { run, values, signal } = once;
  const stream = logStream('deployment', run.deploymentId);
  const log = createStepLog({ sink: place.logs, stream, source: 'release', secrets: secretsOf(values) });
  try {
    const container = await findOrCreate(place, command, once);
    const detail = await begin(place, container, { run, signal, log });
    const ended = await follow(place, { container, detail, command, log, once });
    if (ended.exitCode === 0) {
      await log.say(`The release command ended well.`);
      return;
    }
    throw failed(place, `exited with code ${ended.exitCode}`, log, endedBy(ended, run.run));
  } finally {
    await log.close();
  }
}

async function findOrCreate(place: PodmanPlace, command: ReleaseCommand, once: Once) {
  const { run, number, values, signal } = once;
  const name = runName(run, number);
  await ensureSecrets(place, run, async () => values, signal);
  const found = await find(place, run, number, signal);
  if (found) return found;
  if (await isMarked(place, run, number)) throw unknown(place, run, 'its container is gone');
  await ensureImage(place, run, signal);
  signal.throwIfAborted();
  await place.containers
    .create({ ...onceSpec(name, run, command, values), ...logLimit(place.host) })
    .catch((error: unknown) => {
      // Created by a call whose answer was lost.
      if (error instanceof PodmanError && /already in use/.test(error.message)) return;
      throw error instanceof PodmanError ? startFailure(name, error) : error;
    });
  const created = await find(place, run, number, signal);
  if (created) return created;
  throw failure(
    FailureType.EngineRefused,
    `A container named ${name} exists that is not this release's. Remove it with "podman rm".`,
  );
}

/**
 * The container of this run. Number and commit make it this release's, whatever its generation: an environment that was
 * ended by force admits the same deployment again, and its command has been run.
 */
const find = async (
  { containers }: PodmanPlace,
  { key, deploymentId, commit }: Run,
  number: number,
  signal: AbortSignal,
) =>
  (await containers.list(onceLabel(key), signal)).find(
    ({ name, labels }) => readName(deploymentId, name)?.number === number && labels[LABEL.commit] === commit,
  );

/** True when it was going to be started, under any generation. */
async function isMarked(
  { volumes }: PodmanPlace,
  { key, deploymentId, commit }: Run,
  number: number,
): Promise<boolean> {
  const ofCommit = new Set(await volumes.list(`${LABEL.commit}=${commit}`));
  return (await volumes.list(onceLabel(key))).some((name) => {
    const read = readName(deploymentId, name);
    // A mark without a generation says of no commit; it may be this one's.
    return read?.number === number && (ofCommit.has(name) || read.generation === null);
  });
}

/** Starts it unless it was started before. @returns how it is afterwards */
async function begin(
  place: PodmanPlace,
  { id, name }: ContainerSummary,
  { run, signal, log }: { readonly run: Run; readonly signal: AbortSignal; readonly log: StepLog },
): Promise<ContainerDetail> {
  const { containers, volumes, host } = place;
  const look = () => containers.inspect(id, signal);
  const marked = (await volumes.list(onceLabel(run.key))).includes(name);
  const started = async () => {
    const detail = await look();
    return detail.startedAt === null ? undefined : detail;
  };
  const before = marked ? await until(started, { timeoutMs: STARTING_MS, everyMs: POLL_MS, signal }) : await started();
  if (before) {
    await log.say(`The release command was started before; its output from the beginning:`);
    // An engine that was restarted in the middle of it forgets that it ran, except for when.
    if (!before.running && !HAS_ENDED.has(before.state))
      throw unknown(place, run, 'the engine was restarted meanwhile');
    return before;
  }
  signal.throwIfAborted();
  await log.say(`Running the release command on ${host.name}.`);
  await volumes.create(name, { [ONCE]: environmentId(run.key), [LABEL.commit]: run.commit });
  await containers.start(id).catch((error: unknown) => {
    throw error instanceof PodmanError ? startFailure(name, error) : error;
  });
  return look();
}

const HAS_ENDED: ReadonlySet<string> = new Set(['exited', 'stopped', 'stopping']);

interface Followed {
  readonly container: ContainerSummary;
  readonly detail: ContainerDetail;
  readonly command: ReleaseCommand;
  readonly log: StepLog;
  readonly once: Once;
}

async function follow(
  place: PodmanPlace,
  { container, detail, command, log, once }: Followed,
): Promise<ContainerDetail> {
  const { containers, now } = place;
  const { signal, isCancelled, run } = once;
  const enough = new AbortController();
  const telling = relay(place, container.id, log, AbortSignal.any([signal, enough.signal]));
  const left = (detail.startedAt ?? now()) + command.timeoutMs - now();
  const over = async () => {
    heartbeat();
    const current = await containers.inspect(container.id, signal);
    return current.running || current.state === 'stopping' ? undefined : current;
  };
  try {
    const ended = await until(over, { timeoutMs: Math.max(left, 0), everyMs: POLL_MS, signal });
    if (ended) return ended;
    await containers.stop(container.id, run.run.stopTimeoutMs);
    throw failed(place, `did not end within ${formatDuration(command.timeoutMs)} and was killed`, log);
  } catch (error) {
    if (isCancelled()) await containers.stop(container.id, run.run.stopTimeoutMs);
    throw error;
  } finally {
    await Promise.race([telling, sleep(LAST_WORDS_MS, undefined, { signal: enough.signal }).catch(() => undefined)]);
    enough.abort();
    await telling;
  }
}

/** A log that cannot be read must not hide how the command ended. */
async function relay({ containers }: PodmanPlace, id: string, log: StepLog, signal: AbortSignal): Promise<void> {
  try {
    for await (const text of containers.follow(id, signal)) await log.write(text);
  } catch (error) {
    if (error instanceof PodmanError) await log.say(`Its output could not be read: ${error.message}`);
  }
}

/** @param why - one sentence, or empty */
function failed(place: PodmanPlace, how: string, log: StepLog, why = '') {
  const said = lastPart(log.tail().join('\n'), WORDS_IN_MESSAGE);
  return failure(
    FailureType.ReleaseCommandFailed,
    `The release command ${how} on ${place.host.name}; nothing was switched. ${why === '' ? '' : `${why} `}` +
      (said === '' ? 'It printed nothing.' : `Its last lines:\n${said}`),
  );
}

const unknown = (place: PodmanPlace, { deploymentId }: Run, why: string) =>
  failure(
    FailureType.ReleaseCommandFailed,
    `It is not known whether the release command of ${deploymentId} ran to its end on ${place.host.name}: ${why}. ` +
      'It is not run again by itself, and nothing was switched. Look at what it does (the database, say), then release again: a new release runs it once more.',
  );

/** An image's entrypoint is mostly its server: with it, the server would be started in place of the command. */
function programOf({ command, entrypoint }: ReleaseCommand): Pick<ContainerSpec, 'entrypoint' | 'command'> {
  if (entrypoint === 'image') return { command };
  return entrypoint ? { entrypoint, command } : { entrypoint: command };
}

function onceSpec(name: string, run: Run, command: ReleaseCommand, values: VariableValues | null): ContainerSpec {
  const { stopTimeoutMs } = run.run;
  return {
    name,
    image: run.image,
    ...programOf(command),
    ...processEnvironment(run, values),
    labels: {
      [ONCE]: environmentId(run.key),
      [LABEL.deployment]: run.deploymentId,
      [LABEL.generation]: String(run.generation),
      [LABEL.commit]: run.commit,
    },
    portmappings: [],
    restart_policy: 'no',
    stop_timeout: Math.ceil(stopTimeoutMs / 1_000),
    ...limitsOf(run.run),
  };
}

/** Removes what is left of other deployments' commands. The current one's stays: a call of it may come late. */
export async function releaseOnce(
  { containers, volumes }: PodmanPlace,
  key: EnvironmentKey,
  keep: string | null,
): Promise<void> {
  const isKept = (name: string) => keep !== null && readName(keep, name) !== undefined;
  for (const { id, name } of await containers.list(onceLabel(key))) {
    if (!isKept(name)) await containers.remove(id, DEFAULT_STOP_MS);
  }
  for (const name of await volumes.list(onceLabel(key))) if (!isKept(name)) await volumes.remove(name);
}

/** The names of what is left of release commands. */
export async function leftOfOnce(
  { containers, volumes }: PodmanPlace,
  key: EnvironmentKey,
): Promise<readonly string[]> {
  const found = await containers.list(onceLabel(key));
  return [...found.map(({ name }) => name), ...(await volumes.list(onceLabel(key)))];
}
