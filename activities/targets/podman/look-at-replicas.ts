/** Finds out whether live containers crash, by their restarts after the deployment has ended. Changes nothing. */
import { heartbeat } from '@temporalio/activity';
import { CRASH_LOOP, type SeenReplica, type WatchedReplica } from '../../../contracts/deployment/live-replica.ts';
import { lastPart } from '../../../contracts/core/text.ts';
import { PodmanError } from '../../podman/client.ts';
import type { ContainerDetail, ContainerSummary } from '../../podman/containers.ts';
import { mask } from '../../logs/masker.ts';
import { LABEL, generationOf, readRun } from './container-spec.ts';
import { endedBy } from './ending.ts';
import { secretsOfRun } from './fetch-variables.ts';
import type { PodmanPlace } from './place.ts';

/** Masking must see where a key of many lines begins; fewer of them are shown. */
const READ_LINES = 200;
const SHOWN_LINES = 10;
const WORDS = 1_000;
/** The words of all that crash on a host. How often they did is known without, and must come back in time. */
const WORDS_MS = 15_000;

export async function lookAtReplicas(
  place: PodmanPlace,
  replicas: readonly WatchedReplica[],
  signal: AbortSignal,
): Promise<readonly SeenReplica[]> {
  const all = await place.containers.list(LABEL.key, signal);
  const wordsSignal = AbortSignal.any([signal, AbortSignal.timeout(WORDS_MS)]);
  const seen: SeenReplica[] = [];
  for (const replica of replicas) {
    signal.throwIfAborted();
    heartbeat();
    const { deploymentId, generation, baseline, isKnown } = replica;
    const container = all.find(
      (one) => one.labels[LABEL.deployment] === deploymentId && generationOf(one) === generation,
    );
    if (!container) continue;
    const detail = await inspect(place, container, signal);
    if (!detail) continue;
    const { restarts } = detail;
    const from = baseline === null ? restarts : baseline > restarts ? 0 : baseline;
    const isLoop = !isKnown && restarts - from >= CRASH_LOOP.restarts;
    seen.push({
      ...{ deploymentId, restarts },
      ...(isLoop && { lastEnd: await lastEnd(place, replica, { container, detail }, wordsSignal) }),
    });
  }
  return seen;
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

/** Its code and last words; what cannot be had of that is left out. */
async function lastEnd(
  place: PodmanPlace,
  { key, deploymentId }: WatchedReplica,
  { container, detail }: { readonly container: ContainerSummary; readonly detail: ContainerDetail },
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
