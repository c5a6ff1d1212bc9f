/**
 * Ends abandoned work: Temporal does not know its workflow, or knows that it has ended, and still the store calls it
 * under way. It happens when Temporal loses data, or a person ends a workflow by force.
 */
import type { BuildResult } from '../../contracts/deployment/build.ts';
import type { DeploymentResult } from '../../contracts/deployment/deployment.ts';
import { FailureType } from '../../contracts/core/failures.ts';
import type { FailureRecord } from '../../contracts/core/failures.ts';
import {
  buildWorkflowId,
  deploymentWorkflowId,
  releaseWorkflowId,
  reportWorkflowId,
} from '../../contracts/core/ids.ts';
import type { ReleaseInput, ReleaseResult } from '../../contracts/deployment/release.ts';
import { FOLLOWED_KINDS, type ActionOnGitHub } from '../../contracts/inbox/inbox-event.ts';
import type { Reconciled, WorkflowStanding } from '../../contracts/inbox/repair.ts';
import { FOLLOWED_FOR_MS, findLostDelivery, isOver } from './lost-deliveries.ts';
import type { Engine, UnderWayLedger } from './reconcile.port.ts';

/** The limit for each kind in one run: a call or two to Temporal each. */
const MAX_LOOKS = 50;

export interface ReconcileDeps {
  readonly underWay: UnderWayLedger;
  readonly engine: Engine;
  /** Work that began or ended less than this ago is left alone: its record may be a moment behind. */
  readonly graceMs: number;
}

/** A push that was lost longer ago is not deployed by surprise. */
const AGAIN_WITHIN_MS = 24 * 60 * 60_000;

/**
 * A bounded part of it each time; it may be stopped at any line, and run twice. One that cannot be looked at keeps
 * nothing else from being done. The store says what is to be released again, so that a stop after an end loses none.
 */
export async function endLost(deps: ReconcileDeps, signal: AbortSignal): Promise<Reconciled> {
  const before = Date.now() - deps.graceMs;
  const { underWay } = deps;
  const errors: string[] = [];
  const attempt = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      errors.push(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  };
  let ended = 0;
  const each = async <T>(list: () => Promise<readonly T[]>, end: (one: T) => Promise<boolean>): Promise<void> => {
    for (const one of (await attempt(list)) ?? []) if (await attempt(() => end(one))) ended += 1;
  };
  await each(
    () => underWay.releases(before, MAX_LOOKS),
    (one) => endRelease(deps, one.input, one.requestKey),
  );
  await each(
    () => underWay.builds(before, MAX_LOOKS),
    (one) => endBuild(deps, one.buildId, one.release),
  );
  await each(
    () => underWay.deployments(before, MAX_LOOKS),
    (one) => endDeployment(deps, one),
  );
  const lost: ActionOnGitHub[] = [];
  const followed = { kinds: FOLLOWED_KINDS, since: Date.now() - FOLLOWED_FOR_MS, before };
  await each(
    () => underWay.handedOver(followed, MAX_LOOKS),
    async (one) => {
      const found = await findLostDelivery(one, deps);
      if (found?.kind === 'unanswered') lost.push(found.asked);
      return found?.kind === 'returned';
    },
  );
  signal.throwIfAborted();
  const again = await underWay.lostLately(Date.now() - AGAIN_WITHIN_MS, MAX_LOOKS);
  const [error] = errors;
  const unanswered = lost.flatMap((asked) => (asked.kind === 'command' ? [asked] : []));
  const unansweredClicks = lost.flatMap((asked) => (asked.kind === 'command' ? [] : [asked]));
  return { ended, again, unanswered, unansweredClicks, ...(error !== undefined && { error }) };
}

async function endRelease(
  { underWay, engine, graceMs }: ReconcileDeps,
  input: ReleaseInput,
  requestKey: string,
): Promise<boolean> {
  const { releaseId } = input;
  const workflowId = workflowOf(input);
  const standing = await engine.standing(workflowId);
  if (!isOver(standing, graceMs)) return false;
  // A delivery that runs begins it, and a report that runs tells of its end.
  if (await isRunning(engine, requestKey, reportWorkflowId(workflowId))) return false;
  const result = standing.kind === 'ended' ? await engine.resultOf<ReleaseResult>(workflowId) : undefined;
  const failure = lost(`The release's workflow`, standing, 'It can be retried.');
  const without: ReleaseResult = wasCancelled(standing)
    ? { outcome: 'cancelled', stages: [] }
    : { outcome: 'failed', stages: [], failure };
  await underWay.endRelease(releaseId, Date.now(), result ?? without);
  return true;
}

async function endBuild(
  { underWay, engine, graceMs }: ReconcileDeps,
  buildId: string,
  release: ReleaseInput | null,
): Promise<boolean> {
  const workflowId = buildWorkflowId(buildId);
  const standing = await engine.standing(workflowId);
  if (!isOver(standing, graceMs)) return false;
  const others = [reportWorkflowId(buildId), reportWorkflowId(workflowId)];
  // A release that runs may be about to begin it.
  if (release && standing.kind === 'unknown') others.push(workflowOf(release));
  if (await isRunning(engine, ...others)) return false;
  const result = standing.kind === 'ended' ? await engine.resultOf<BuildResult>(workflowId) : undefined;
  const failed = {
    outcome: 'failed',
    failure: lost(`The build's workflow`, standing, 'Release the commit again.'),
  } as const;
  await underWay.endBuild(buildId, Date.now(), result ?? failed);
  return true;
}

async function endDeployment(
  { underWay, engine, graceMs }: ReconcileDeps,
  { deploymentId, key, hasBegun }: Awaited<ReturnType<UnderWayLedger['deployments']>>[number],
): Promise<boolean> {
  const workflowId = deploymentWorkflowId(deploymentId);
  const standing = await engine.standing(workflowId);
  if (!isOver(standing, graceMs)) return false;
  if (await isRunning(engine, reportWorkflowId(deploymentId), reportWorkflowId(workflowId))) return false;
  if (await engine.environmentHas(key, deploymentId)) return false;
  const result = standing.kind === 'ended' ? await engine.resultOf<DeploymentResult>(workflowId) : undefined;
  const todo = hasBegun
    ? 'The running version is unknown: check it, then deploy again.'
    : 'It had not begun: deploy again.';
  await underWay.endDeployment(
    Date.now(),
    result ?? {
      ...{ deploymentId, outcome: hasBegun ? 'rollback_failed' : 'failed', urls: [], healthAttempts: 0, leftovers: [] },
      failure: lost(`The deployment's workflow`, standing, todo),
    },
  );
  return true;
}

const workflowOf = ({ key, commit, sequence }: ReleaseInput): string => releaseWorkflowId(key, commit, sequence);

/** A person who cancels it does not want it again. */
const wasCancelled = (standing: WorkflowStanding): boolean =>
  standing.kind === 'ended' && standing.status === 'CANCELLED';

async function isRunning(engine: Engine, ...workflowIds: readonly string[]): Promise<boolean> {
  for (const id of workflowIds) if ((await engine.standing(id)).kind === 'running') return true;
  return false;
}

function lost(what: string, standing: WorkflowStanding, todo: string): FailureRecord {
  const how =
    standing.kind === 'ended'
      ? `was ended by force or failed (${standing.status.toLowerCase()})`
      : 'is not known to Temporal any more';
  return { type: FailureType.WorkflowLost, message: `${what} ${how}, so nothing goes on by itself. ${todo}` };
}
