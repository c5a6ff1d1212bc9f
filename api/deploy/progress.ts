import { WorkflowFailedError } from '@temporalio/client';
import type { DeployAnswer } from '../../contracts/http/deploy.ts';
import { failureOf, type FailureRecord } from '../../contracts/core/failures.ts';
import { deploymentId, releaseWorkflowId } from '../../contracts/core/ids.ts';
import type { ReleaseInput, ReleaseResult } from '../../contracts/deployment/release.ts';
import type { DeploymentOutcome, DeploymentState } from '../../contracts/deployment/states.ts';
import { onStore } from '../../store/failures.ts';
import { findAdmitted } from '../../store/queries/admission.ts';
import { findDeployment } from '../../store/queries/release-views.ts';
import type { ApiDeps } from '../deps.ts';
import { HttpProblem } from '../http/problem.ts';
import type { Patience } from '../temporal/gateway.ts';
import { refusalStatus } from './status.ts';
import { logTail } from '../logs/tail.ts';
import { makeStatusToken, type StatusToken } from './status-token.ts';

export type ProgressDeps = Pick<ApiDeps, 'store' | 'temporal' | 'publicUrl' | 'logDir' | 'cookieKey'>;

/** A request's progress. */
export interface Progress {
  /** `undefined` until it is decided what to release. */
  readonly release: ReleaseInput | undefined;
  /** `undefined` until the release has ended. */
  readonly ended: { readonly outcome: DeploymentOutcome; readonly failure: FailureRecord | undefined } | undefined;
}

/**
 * Waits for the end of the deployment that the request led to, as long as the caller wants to.
 *
 * @throws {HttpProblem} with the status of the mistake in the request; nothing was touched then
 */
export async function follow(deps: ProgressDeps, workflowId: string, { limitMs, signal }: Patience): Promise<Progress> {
  const until = performance.now() + limitMs;
  const release = await decidedRelease(deps, workflowId, { limitMs, signal });
  if (!release) return { release: undefined, ended: undefined };
  const { key, commit, sequence } = release;
  const limit = { limitMs: until - performance.now(), signal };
  const result = await deps.temporal.released(releaseWorkflowId(key, commit, sequence), limit);
  return { release, ended: result && { outcome: outcomeOf(result), failure: result.failure } };
}

/** The release; `undefined` while that is not decided. @throws as {@link follow} */
export async function decidedRelease(
  { store, temporal }: Pick<ProgressDeps, 'store' | 'temporal'>,
  workflowId: string,
  patience: Patience,
): Promise<ReleaseInput | undefined> {
  try {
    if (!(await temporal.decided(workflowId, patience))) return undefined;
  } catch (error) {
    const failure = error instanceof WorkflowFailedError ? failureOf(error.cause) : undefined;
    if (!failure) throw error;
    throw new HttpProblem(refusalStatus(failure.type), failure.type, failure.message);
  }
  const [release] = await onStore(() => findAdmitted(store.db, workflowId));
  return release;
}

function outcomeOf({ outcome, stages }: ReleaseResult): DeploymentOutcome {
  const state = stages.at(-1)?.state;
  if (state === undefined || state === 'waiting') return outcome === 'cancelled' ? 'cancelled' : 'failed';
  // It was given up while it was being deployed: it is not known what runs.
  return state === 'deploying' ? 'rollback_failed' : state;
}

/** The release's only deployment: a request is for one environment. */
export function deploymentOf({ key, environments, sequence }: ReleaseInput): string {
  return deploymentId({ ...key, environment: environments[0]?.name ?? '' }, sequence);
}

/** Enough to see what went wrong, few enough for a CI job's own log. */
const LOG_LINES = 50;

/** Everything that is known by now. The store may be a moment behind; an end comes from Temporal itself. */
export async function describe(
  deps: ProgressDeps,
  token: StatusToken,
  { release, ended }: Progress,
): Promise<DeployAnswer> {
  const statusUrl = `${deps.publicUrl}/deploy/${makeStatusToken(deps.cookieKey, token)}`;
  if (!release) return { ...nothingYet(), statusUrl };
  const deployment = deploymentOf(release);
  const [view, log] = await Promise.all([
    onStore(() => findDeployment(deps.store.db, deployment)),
    logTail(deps.logDir, { kind: 'deployment', id: deployment }, LOG_LINES),
  ]);
  const state: DeploymentState = ended?.outcome ?? view?.state ?? 'queued';
  return {
    release: release.releaseId,
    deployment,
    ...release.key,
    environment: release.environments[0]?.name ?? null,
    commit: release.commit,
    digest: release.image?.digest ?? null,
    state,
    urls: view?.urls ?? [],
    failure: ended?.failure ?? view?.failure ?? null,
    page: `${deps.publicUrl}/${view ? `deployments/${deployment}` : `releases/${release.releaseId}`}`,
    statusUrl,
    log,
  };
}

const nothingYet = (): Omit<DeployAnswer, 'statusUrl'> => ({
  release: null,
  deployment: null,
  project: null,
  service: null,
  environment: null,
  commit: null,
  digest: null,
  state: 'queued',
  urls: [],
  failure: null,
  page: null,
  log: [],
});
