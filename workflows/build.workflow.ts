import {
  CancellationScope,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  patched,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { BuildActivities, ClaimActivities } from '../activities/build/build.port.ts';
import type { BuildInput, BuildResult } from '../contracts/build.ts';
import { BUILDS_QUEUE, buildQueue } from '../contracts/queues.ts';
import { buildProgress } from './build.messages.ts';
import { claim, onHost, tidying } from './lib/activity-options.ts';
import { BuildStory } from './lib/build-story.ts';
import { explain } from './lib/explain.ts';
import { onHostOf } from './lib/lost-worker.ts';
import { imageBuilt } from './release.messages.ts';

/** Beside the build's own limit: sending the context, committing the image. */
const ENGINE_MARGIN_MS = 60_000;

/**
 * Turns one commit into one image in the registry, on whichever build host is free.
 *
 * Claim a host → fetch → build → push, then clean up, whatever happened. The release is told as soon as the image is
 * in the registry. It ends with a result, never by throwing.
 */
export async function build(input: BuildInput): Promise<BuildResult> {
  const story = new BuildStory(input);
  setHandler(buildProgress, () => story.progress);

  const result = await attempt(input, story).catch((error: unknown): BuildResult => {
    if (isCancellation(error)) return { outcome: 'cancelled', reason: 'cancelled on request' };
    return { outcome: 'failed', failure: explain(error) };
  });

  await CancellationScope.nonCancellable(async () => {
    story.conclude(result);
    if (result.outcome === 'completed') await tellParent(result);
    await tidyUp(input, story.progress.host);
    await story.settle();
  });
  return result;
}

async function attempt(input: BuildInput, story: BuildStory): Promise<BuildResult> {
  story.enter('pending');
  const { claimBuild } = proxyActivities<ClaimActivities>({
    ...claim,
    taskQueue: BUILDS_QUEUE,
    // The whole time in which a host may be busy with other builds.
    startToCloseTimeout: '30 minutes',
    // A slot that is taken in the very moment of a cancel has to be given back, so it has to be known.
    ...(patched('build-waits-for-its-cancelled-claim') && { cancellationType: 'WAIT_CANCELLATION_COMPLETED' }),
    summary: 'wait for a free build host',
  });
  const { host } = await claimBuild(input);
  story.claimedBy(host);

  const step = { build: input, host };
  const on = <T>(startToCloseTimeout: number, attempts: number, summary: string) =>
    proxyActivities<T>({
      ...onHost,
      taskQueue: buildQueue(host),
      startToCloseTimeout,
      retry: { ...onHost.retry, maximumAttempts: attempts },
      summary,
    });
  const network = on<BuildActivities>(600_000, 6, `on ${host}`);
  const engine = on<BuildActivities>(input.settings.timeoutMs + ENGINE_MARGIN_MS, 3, `on ${host}`);

  story.enter('cloning');
  await onHostOf(host, () => network.fetchSource(step));
  story.enter('building');
  const { builder } = await onHostOf(host, () => engine.buildImage(step));
  story.enter('pushing');
  const pushed = await onHostOf(host, () => network.pushImage(step));
  story.pushed(pushed, builder);
  return { outcome: 'completed', image: pushed.image, digest: pushed.digest, builder };
}

async function tellParent(result: Extract<BuildResult, { outcome: 'completed' }>): Promise<void> {
  const { parent } = workflowInfo();
  if (!parent) return;
  await getExternalWorkflowHandle(parent.workflowId)
    .signal(imageBuilt, result)
    .catch((error: unknown) => log.info('the release is gone; the image stays', { error }));
}

/** The local image and the folder go, also on failure and cancel (requirements, B9); never fatal. */
async function tidyUp(build: BuildInput, host: string | null): Promise<void> {
  if (host === null) return;
  const { cleanBuild } = proxyActivities<BuildActivities>({
    ...tidying,
    taskQueue: buildQueue(host),
    summary: `clean up on ${host}`,
  });
  await onHostOf(host, () => cleanBuild({ build, host })).catch((error: unknown) =>
    log.warn('cleaning up failed; the host tidies itself', { error }),
  );
}
