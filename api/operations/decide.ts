/** A person approves or rejects what waits for approval. */
import type { ApprovalState, DecisionRequest } from '../../contracts/deployment/approval.ts';
import { FailureType, failure, failureOf } from '../../contracts/core/failures.ts';
import { releaseWorkflowId } from '../../contracts/core/ids.ts';
import { protectedRunOf, protectionWorkflowId } from '../../contracts/github/protection.ts';
import { isDeploymentOutcome } from '../../contracts/deployment/states.ts';
import { findDeployment, findRelease } from '../../store/queries/release-views.ts';
import type { ApiDeps } from '../deps.ts';

type DecisionInput = Pick<DecisionRequest, 'decision' | 'by' | 'via'> & {
  readonly note?: string | undefined;
  readonly commit?: string | undefined;
  readonly digest?: string | undefined;
  /** A repeated request with the same one takes effect once. */
  readonly orderId?: string;
};

/**
 * Hands the decision to the release that waits, or to what answers GitHub for a job; they keep who, when and how.
 *
 * @throws `NotFound`, `Forbidden`, `NotWaiting`, `TemporalUnavailable`, `WorkerUnavailable`
 */
export async function decide(
  { store, temporal }: Pick<ApiDeps, 'store' | 'temporal'>,
  id: string,
  { note = '', commit, digest, orderId, ...asked }: DecisionInput,
): Promise<ApprovalState> {
  const request = {
    ...asked,
    ...{ deploymentId: id, note },
    ...(commit !== undefined && { commit }),
    ...(digest !== undefined && { digest }),
  };
  const once = orderId === undefined ? {} : { updateId: orderId };
  try {
    return await temporal.decide(await gateWorkflowId(store, id), request, once);
  } catch (error) {
    throw failureOf(error)?.type === FailureType.NotWaiting ? await withState(store, error, id) : error;
  }
}

/**
 * The same refusal with the state of the deployment. Temporal comes first all the same: a decision that is handed in
 * again has an answer there, in any state of the deployment.
 */
async function withState(store: ApiDeps['store'], refusal: unknown, id: string): Promise<unknown> {
  const found = await findDeployment(store.db, id);
  // The store hears of it a moment later: a deployment that waits no more is not to be called waiting.
  if (!found || found.state === 'awaiting_approval') return refusal;
  const { state } = found;
  if (!isDeploymentOutcome(state)) return failure(FailureType.NotWaiting, failureOf(refusal)?.message ?? '', { state });
  const why = found.failure ? `: ${found.failure.message.replace(/\.$/, '')}` : '';
  const todo = state === 'live' ? '' : ' Deploy it again to ask again.';
  const ended = `it has ended (${state.replaceAll('_', ' ')}${why}).${todo}`;
  return failure(FailureType.NotWaiting, `${id} does not wait for approval: ${ended}`, { state });
}

/** The gate at which a deployment waits. `undefined` when it waits at none, or does not answer within a second. */
export async function gateOf(
  { store, temporal }: Pick<ApiDeps, 'store' | 'temporal'>,
  id: string,
): Promise<ApprovalState | undefined> {
  const gate = await temporal.approvalState(await gateWorkflowId(store, id));
  return gate?.deploymentId === id && gate.state === 'waiting' ? gate : undefined;
}

/** The workflow of the gate: the release of a deployment, or the one that answers GitHub for a job. */
async function gateWorkflowId(store: ApiDeps['store'], id: string): Promise<string> {
  const run = protectedRunOf(id);
  if (run) return protectionWorkflowId(run);
  const deployment = await findDeployment(store.db, id);
  const release = deployment && (await findRelease(store.db, deployment.releaseId));
  if (!release) throw failure(FailureType.NotFound, `There is no deployment ${id}.`);
  return releaseWorkflowId(release, release.commit, release.sequence);
}
