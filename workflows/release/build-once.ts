import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { CancelledFailure, ChildWorkflowCancellationType, ParentClosePolicy, startChild } from '@temporalio/workflow';
import { shortCommit } from '../../contracts/core/names.ts';
import type { BuildInput, BuildResult } from '../../contracts/deployment/build.ts';
import { failure } from '../../contracts/core/failures.ts';
import { buildId, buildWorkflowId } from '../../contracts/core/ids.ts';
import type { ReleaseInput } from '../../contracts/deployment/release.ts';
import { SearchAttributes } from '../../contracts/core/search-attributes.ts';
import type { build } from '../build/build.workflow.ts';
import { numberTaken } from '../lib/number-taken.ts';
import type { StoreRecorder } from '../reporting/store-recorder.ts';

export type Completed = Extract<BuildResult, { outcome: 'completed' }>;
export type Built = Omit<Completed, 'outcome'>;

/**
 * Has the release's commit built. A cancel waits for the build to have stopped.
 *
 * @param built - the build's signal: the image can be deployed while the build host still tidies up.
 * @throws the build's own failure; `NumberTaken`; a cancellation when it was cancelled.
 */
export async function buildOnce(input: ReleaseInput, store: StoreRecorder, built: Promise<Completed>): Promise<Built> {
  const { key, called, origin, commit, settings, extraTags, releaseId } = input;
  const work: BuildInput = {
    buildId: buildId(releaseId),
    key,
    ...(called && { called }),
    origin,
    commit,
    settings: settings.build,
    extraTags,
  };
  store.say({ kind: 'recordBuild', record: { build: work, releaseId, at: Date.now() } });

  const child = await startChild<typeof build>('build', {
    workflowId: buildWorkflowId(work.buildId),
    args: [work],
    // Ours may end while the build host still tidies up.
    parentClosePolicy: ParentClosePolicy.ABANDON,
    cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
    staticSummary: `${key.project}/${key.service} ${shortCommit(commit)}`,
    memo: { page: `/builds/${work.buildId}` },
    typedSearchAttributes: [
      { key: SearchAttributes.project, value: key.project },
      { key: SearchAttributes.service, value: key.service },
      { key: SearchAttributes.commit, value: commit },
    ],
  }).catch((error: unknown) => {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    // A release builds once, so what runs under its number is not its own.
    const { type, message } = numberTaken(`Build ${work.buildId}`);
    throw failure(type, message);
  });

  const result = await Promise.race([child.result(), built]);
  if (result.outcome === 'cancelled') throw new CancelledFailure(result.reason);
  if (result.outcome === 'failed') throw failure(result.failure.type, result.failure.message);
  return result;
}
