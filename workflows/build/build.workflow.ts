import {
  CancellationScope,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { BuildActivities, ClaimActivities } from '../../activities/build/build.port.ts';
import type { BuildInput, BuildResult } from '../../contracts/deployment/build.ts';
import { FailureType, failureOf } from '../../contracts/core/failures.ts';
import { BUILDS_QUEUE, buildQueue } from '../../contracts/core/queues.ts';
import { buildProgress } from '../messages/build.messages.ts';
import { claim, onHost, tidying } from '../lib/activity-options.ts';
import { BuildReporter } from './build-reporter.ts';
import { explain } from '../lib/failure-record.ts';
import { onHostOf } from '../lib/lost-worker.ts';
import { imageBuilt } from '../messages/release.messages.ts';
import { TIMEOUTS } from '../lib/timeouts.ts';

/** The number of hosts that a build may lose under it before that is the build's own failure. */
const MAX_CLAIMS = 3;

/**
 * Turns one commit into one image in the registry, on whichever build host is free.
 *
 * Claim a host → fetch → build → push, then clean up in every case. A host that goes away loses the build to another
 * one. The release hears of the image as soon as it is in the registry. It ends with a result, never by throwing.
 */
export async function build(input: BuildInput): Promise<BuildResult> {
  const story = new BuildReporter(input);
  setHandler(buildProgress, () => story.progress);

  const result = await attempt(input, story).catch((error: unknown): BuildResult => {
    if (isCancellation(error)) return { outcome: 'cancelled', reason: 'cancelled on request' };
    return { outcome: 'failed', failure: explain(error) };
  });

  await CancellationScope.nonCancellable(async () => {
    story.conclude(result);
    if (result.outcome === 'completed') await tellParent(result);
    await Promise.all(story.hosts.map((host) => tidyUp(input, host)));
    await story.settle();
  });
  return result;
}

/** On one host; on another one when it goes away before the image is in the registry. */
async function attempt(input: BuildInput, story: BuildReporter): Promise<BuildResult> {
  story.enter('pending');
  const waiting = {
    ...claim,
    taskQueue: BUILDS_QUEUE,
    // A slot that is taken in the very moment of a cancel has to be given back, so it has to be known.
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    summary: 'wait for a free build host',
  } as const;
  const { claimBuild } = proxyActivities<ClaimActivities>({
    ...waiting,
    startToCloseTimeout: TIMEOUTS.build.claim.attemptMs,
  });
  const { claimBuild: claimAgain } = proxyActivities<ClaimActivities>({
    ...waiting,
    scheduleToCloseTimeout: TIMEOUTS.build.claimAgainMs,
    startToCloseTimeout: TIMEOUTS.build.claimAgainMs,
  });
  let away: unknown;
  for (let claims = 0; claims < MAX_CLAIMS; claims += 1) {
    const host = await (away === undefined ? claimBuild(input) : claimAgain(input)).then(
      (claimed) => claimed.host,
      (error: unknown) => {
        // No other host took it: the one that went away has to be mended.
        throw away === undefined || isCancellation(error) ? error : away;
      },
    );
    story.claimedBy(host);
    try {
      return await buildOn(host, input, story);
    } catch (error) {
      if (failureOf(error)?.type !== FailureType.HostAway) throw error;
      away = error;
    }
  }
  throw away;
}

async function buildOn(host: string, input: BuildInput, story: BuildReporter): Promise<BuildResult> {
  const step = { build: input, host };
  const on = <T>(startToCloseTimeout: number, attempts: number, summary: string) =>
    proxyActivities<T>({
      ...onHost,
      taskQueue: buildQueue(host),
      startToCloseTimeout,
      retry: { ...onHost.retry, maximumAttempts: attempts },
      summary,
    });
  const network = on<BuildActivities>(TIMEOUTS.build.networkMs, 6, `on ${host}`);
  const engine = on<BuildActivities>(input.settings.timeoutMs + TIMEOUTS.build.engineMs, 5, `on ${host}`);

  story.enter('cloning');
  await onHostOf(host, () => network.fetchSource(step));
  story.enter('building');
  const built = await onHostOf(host, () => engine.buildImage(step));
  story.enter('pushing');
  const pushed = await onHostOf(host, () => network.pushImage(step));
  story.pushed(pushed, built);
  return { outcome: 'completed', image: pushed.image, digest: pushed.digest, builder: built.builder };
}

async function tellParent(result: Extract<BuildResult, { outcome: 'completed' }>): Promise<void> {
  const { parent } = workflowInfo();
  if (!parent) return;
  await getExternalWorkflowHandle(parent.workflowId)
    .signal(imageBuilt, result)
    .catch((error: unknown) => log.info('the release is gone; the image stays', { error }));
}

/** The local image and the folder go, also on failure and cancel (requirements, B9); never fatal. */
async function tidyUp(build: BuildInput, host: string): Promise<void> {
  const { cleanBuild } = proxyActivities<BuildActivities>({
    ...tidying,
    taskQueue: buildQueue(host),
    summary: `clean up on ${host}`,
  });
  await onHostOf(host, () => cleanBuild({ build, host })).catch((error: unknown) =>
    log.warn('cleaning up failed; the host tidies itself', { error }),
  );
}
