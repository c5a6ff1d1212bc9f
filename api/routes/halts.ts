import { createRoute, z } from '@hono/zod-openapi';
import { FailureType, failure } from '../../contracts/core/failures.ts';
import type { DeploymentProgress } from '../../contracts/deployment/deployment.ts';
import { DeploymentNow, StepBody } from '../../contracts/http/halts.ts';
import { PauseBody, ResumeBody } from '../../contracts/http/people.ts';
import { DEPLOYMENT_STEPS, type StepDecision, type StepDecisionRequest } from '../../contracts/deployment/steps.ts';
import { decideStep, pauseDeployment, resumeDeployment, runningDeployment } from '../operations/run-control.ts';
import { Id, body, createRouter, json, problem, type RouteDeps } from './router.ts';

const params = z.object({ id: Id });
const refusals = {
  404: problem('No such deployment'),
  409: problem('It does not run, or nothing of the kind is possible where it is: the answer says where that is'),
  422: problem('Not a valid request, or a step that cannot be skipped'),
  503: problem('Temporal is away'),
  504: problem('No worker answered'),
};

const now = createRoute({
  method: 'get',
  path: '/{id}/now',
  summary: 'The account of a running deployment itself: its step, and its wait for a person, if any',
  request: { params },
  responses: { 200: json(DeploymentNow, 'The deployment as it is now'), ...refusals },
});

const pause = createRoute({
  method: 'post',
  path: '/{id}/pause',
  summary: 'Have a running deployment hold before its next step, for an hour at most',
  request: { params, body: { ...body(PauseBody), required: true } },
  responses: { 200: json(DeploymentNow, 'It holds as soon as the step that it is in has ended'), ...refusals },
});

const resume = createRoute({
  method: 'post',
  path: '/{id}/resume',
  summary: 'Let a paused deployment go on',
  request: { params, body: { ...body(ResumeBody), required: false } },
  responses: { 200: json(DeploymentNow, 'It goes on'), ...refusals },
});

const decision = <V extends StepDecision>(verb: V, summary: string) =>
  createRoute({
    method: 'post',
    path: `/{id}/steps/{step}/${verb}` as const,
    summary,
    request: { params: params.extend({ step: z.enum(DEPLOYMENT_STEPS) }), body: { ...body(StepBody), required: true } },
    responses: { 200: json(DeploymentNow, 'The deployment as it is now'), ...refusals },
  });

const retry = decision('retry', 'Do a failed step again; a release command then runs another time');
const skip = decision('skip', 'Leave a failed release command out, because its work is done');
const abort = decision('abort', 'Let a failed step fail its deployment');

/** Mounted at `/api/deployments`. The audit trail is written by the deployment itself. */
export function haltRoutes(deps: RouteDeps) {
  const { temporal } = deps;
  return createRouter()
    .openapi(now, async (c) => {
      const { id } = await runningDeployment(deps, c.req.valid('param').id);
      const progress = await temporal.deploymentProgress(id);
      if (progress) return c.json(nowView(id, progress), 200);
      throw failure(FailureType.WorkerUnavailable, `${id} did not answer within a second. GET /readyz says more.`);
    })
    .openapi(pause, async (c) => {
      const { id } = c.req.valid('param');
      const { reason } = c.req.valid('json');
      return c.json(nowView(id, await pauseDeployment(deps, id, { by: c.var.actor, reason })), 200);
    })
    .openapi(resume, async (c) => {
      const { id } = c.req.valid('param');
      return c.json(nowView(id, await resumeDeployment(deps, id, c.var.actor)), 200);
    })
    .openapi(retry, async (c) =>
      c.json(await decided(deps, c.req.valid('param'), 'retry', { ...c.req.valid('json'), by: c.var.actor }), 200),
    )
    .openapi(skip, async (c) =>
      c.json(await decided(deps, c.req.valid('param'), 'skip', { ...c.req.valid('json'), by: c.var.actor }), 200),
    )
    .openapi(abort, async (c) =>
      c.json(await decided(deps, c.req.valid('param'), 'abort', { ...c.req.valid('json'), by: c.var.actor }), 200),
    );
}

type Deps = Pick<RouteDeps, 'store' | 'temporal'>;

async function decided(
  deps: Deps,
  { id, step }: { readonly id: string; readonly step: StepDecisionRequest['step'] },
  decision: StepDecision,
  who: Pick<StepDecisionRequest, 'by' | 'reason'>,
): Promise<DeploymentNow> {
  return nowView(id, await decideStep(deps, id, { ...who, step, decision }));
}

export function nowView(id: string, { state, step, place, pause, failed = [] }: DeploymentProgress): DeploymentNow {
  return {
    ...{ id, state, step, place },
    pause: pause ? { ...pause, at: iso(pause.at), until: pause.until === null ? null : iso(pause.until) } : null,
    failed: failed.map((one) => ({ ...one, at: iso(one.at), until: iso(one.until), choices: [...one.choices] })),
  };
}

const iso = (at: number): string => new Date(at).toISOString();
