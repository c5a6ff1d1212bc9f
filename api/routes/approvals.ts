import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { ApprovalState, DecisionVia } from '../../contracts/deployment/approval.ts';
import { ApprovalView, CLIENT_HEADER, DecisionBody } from '../../contracts/http/people.ts';
import type { ApiEnv } from '../deps.ts';
import { decide } from '../operations/decide.ts';
import { Id, body, createRouter, json, problem, type RouteDeps } from './router.ts';

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
      return c.json(approvalView(await decide(deps, c.req.valid('param').id, asked)), 200);
    })
    .openapi(reject, async (c) => {
      const asked = { ...c.req.valid('json'), decision: 'reject', by: c.var.actor, via: viaOf(c) } as const;
      return c.json(approvalView(await decide(deps, c.req.valid('param').id, asked)), 200);
    });
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
