import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { ApprovalState, DecisionRequest, DecisionVia } from '../../contracts/deployment/approval.ts';
import { FailureType } from '../../contracts/core/failures.ts';
import { releaseWorkflowId } from '../../contracts/core/ids.ts';
import { ApprovalView, CLIENT_HEADER, DecisionBody } from '../../contracts/http/people.ts';
import { protectedRunOf, protectionWorkflowId } from '../../contracts/github/protection.ts';
import { isDeploymentOutcome } from '../../contracts/deployment/states.ts';
import { findDeployment, findRelease } from '../../store/queries/release-views.ts';
import type { ApiEnv } from '../deps.ts';
import { HttpProblem } from '../http/problem.ts';
import { Id, body, createRouter, json, notFound, problem, type RouteDeps } from './router.ts';

const decision = <P extends string>(path: P, summary: string) =>
  createRoute({
    method: 'post',
    path,
    summary,
    request: { params: z.object({ id: Id }), body: { ...body(DecisionBody), required: false } },
    responses: {
      200: json(ApprovalView, 'The gate as it is now, with every decision so far'),
      403: problem('May not decide about it'),
      404: problem('No such deployment'),
      409: problem('It does not wait for approval (any more), or for that of another commit; `state` says where it is'),
      422: problem('Not a valid request'),
      503: problem('Temporal is away'),
      504: problem('No worker answered'),
    },
  });

const approve = decision('/{id}/approve', 'Let a deployment that waits for approval go on');
const reject = decision('/{id}/reject', 'End a deployment that waits for approval');

/** Mounted at `/api/deployments`. */
export function approvalRoutes(deps: RouteDeps) {
  return createRouter()
    .openapi(approve, async (c) => {
      const asked = { ...c.req.valid('json'), decision: 'approve', by: c.var.actor, via: viaOf(c) } as const;
      return c.json(approvalView(await decideById(deps, c.req.valid('param').id, asked)), 200);
    })
    .openapi(reject, async (c) => {
      const asked = { ...c.req.valid('json'), decision: 'reject', by: c.var.actor, via: viaOf(c) } as const;
      return c.json(approvalView(await decideById(deps, c.req.valid('param').id, asked)), 200);
    });
}

type Asked = Pick<DecisionRequest, 'decision' | 'by' | 'via'> & {
  readonly note?: string | undefined;
  readonly commit?: string | undefined;
  readonly digest?: string | undefined;
  /** Asked again with the same one it is asked once. */
  readonly orderId?: string;
};

/**
 * Hands the decision to the release that waits, or to what answers GitHub for a job; they keep who, when and how.
 *
 * @throws {HttpProblem} 404, 403, 409 with the state, 503, 504
 */
export async function decideById(
  { store, temporal }: Pick<RouteDeps, 'store' | 'temporal'>,
  id: string,
  { note = '', commit, digest, orderId, ...asked }: Asked,
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
    throw error instanceof HttpProblem && error.type === FailureType.NotWaiting
      ? await withState(store, error, id)
      : error;
  }
}

/**
 * The same refusal with the state of the deployment. Temporal is asked first all the same: a decision that is handed in
 * again has an answer there, whatever has become of the deployment since.
 */
async function withState(store: RouteDeps['store'], problem: HttpProblem, id: string): Promise<HttpProblem> {
  const found = await findDeployment(store.db, id);
  // The store is told a moment later: what does not wait any more is not said to wait.
  if (!found || found.state === 'awaiting_approval') return problem;
  const { state, failure } = found;
  const { status, type, headers } = problem;
  if (!isDeploymentOutcome(state)) return new HttpProblem(status, type, problem.message, headers, { state });
  const why = failure ? `: ${failure.message.replace(/\.$/, '')}` : '';
  const todo = state === 'live' ? '' : ' Deploy it again to ask again.';
  const ended = `it has ended (${state.replaceAll('_', ' ')}${why}).${todo}`;
  return new HttpProblem(status, type, `${id} does not wait for approval: ${ended}`, headers, { state });
}

/** Where the gate is: in the release of a deployment, or in the workflow that answers GitHub for a job. */
async function gateWorkflowId(store: RouteDeps['store'], id: string): Promise<string> {
  const run = protectedRunOf(id);
  if (run) return protectionWorkflowId(run);
  const deployment = await findDeployment(store.db, id);
  const release = deployment && (await findRelease(store.db, deployment.releaseId));
  if (!release) throw notFound(`There is no deployment ${id}.`);
  return releaseWorkflowId(release, release.commit, release.sequence);
}

const viaOf = (c: Context<ApiEnv>): DecisionVia => (c.req.header(CLIENT_HEADER) === 'cli' ? 'cli' : 'api');

function approvalView(state: ApprovalState): ApprovalView {
  const { deploymentId, environment, commit, digest, needed, decisions, expiresAt } = state;
  return {
    ...{ deploymentId, environment, commit, digest, state: state.state, needed },
    decisions: decisions.map(({ at, ...one }) => ({ ...one, at: new Date(at).toISOString() })),
    expiresAt: new Date(expiresAt).toISOString(),
  };
}
