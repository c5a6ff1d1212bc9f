import { createRoute, z } from '@hono/zod-openapi';
import { randomUUID } from 'node:crypto';
import { CancelBody, ReleaseAccepted, ReleaseView, RequestRelease } from '../../contracts/http/api.ts';
import { releaseWorkflowId, requestWorkflowId } from '../../contracts/core/ids.ts';
import { COMMIT, isRefName } from '../../contracts/core/names.ts';
import type { Actor } from '../../contracts/core/actor.ts';
import type { ReleaseProgress } from '../../contracts/deployment/release.ts';
import { recordAudit } from '../../store/queries/audit.ts';
import { findRelease, listReleases } from '../../store/queries/release-views.ts';
import { HttpProblem } from '../http/problem.ts';
import { accepted } from '../operations/accepted.ts';
import { Id, Limit, Name, body, createRouter, json, notFound, problem, type RouteDeps } from './router.ts';

const ReleaseStopped = z.object({ id: z.string(), state: z.string() });

const request = createRoute({
  method: 'post',
  path: '/',
  summary: 'Release a branch or a commit of a service',
  request: { body: body(RequestRelease) },
  responses: {
    202: json(
      ReleaseAccepted,
      'Accepted. Both lists are empty while it is still being decided: ask again with the same requestId.',
    ),
    404: problem('No such service or commit'),
    422: problem('Not a valid request, or the landfall.yaml of that commit is not valid'),
    503: problem('Temporal is away'),
  },
});

const list = createRoute({
  method: 'get',
  path: '/',
  summary: 'Releases, newest first',
  request: { query: z.object({ project: Name.optional(), service: Name.optional(), limit: Limit }) },
  responses: { 200: json(z.array(ReleaseView), 'The newest ones') },
});

const one = createRoute({
  method: 'get',
  path: '/{id}',
  summary: 'A release with its build and deployments',
  request: { params: z.object({ id: Id }) },
  responses: { 200: json(ReleaseView, 'The release'), 404: problem('No such release') },
});

const cancel = createRoute({
  method: 'post',
  path: '/{id}/cancel',
  summary: 'Stop a release wherever it is',
  request: { params: z.object({ id: Id }), body: { ...body(CancelBody), required: false } },
  responses: {
    200: json(ReleaseStopped, 'It is stopping; what it has switched is taken back'),
    404: problem('No such release'),
    409: problem('It has ended'),
    504: problem('No worker answered'),
  },
});

/** Mounted at `/api/releases`. */
export function releaseRoutes(deps: RouteDeps) {
  const { store, temporal } = deps;
  return createRouter()
    .openapi(request, async (c) => {
      const asked = c.req.valid('json');
      if (asked.ref !== undefined && !COMMIT.test(asked.ref) && !isRefName(asked.ref)) {
        throw new HttpProblem(
          422,
          'InvalidRequest',
          'ref is neither a full commit id nor a branch name that git accepts.',
        );
      }
      if (asked.tag !== undefined && (asked.ref !== undefined || !isRefName(asked.tag))) {
        throw new HttpProblem(
          422,
          'InvalidRequest',
          'tag is no tag name that git accepts, or stands beside ref: send one of the two.',
        );
      }
      const requestId = asked.requestId ?? randomUUID();
      const decided = await temporal.requestRelease(
        {
          kind: 'request',
          requestKey: requestWorkflowId(requestId),
          project: asked.project,
          service: asked.service,
          environment: asked.environment ?? null,
          ref: asked.ref ?? null,
          ...(asked.tag !== undefined && { tag: asked.tag }),
          actor: c.var.actor,
        },
        { workflowId: requestWorkflowId(requestId) },
      );
      return c.json(accepted(requestId, decided), 202);
    })
    .openapi(list, async (c) => c.json(await listReleases(store.db, c.req.valid('query')), 200))
    .openapi(one, async (c) => c.json(await existing(deps, c.req.valid('param').id), 200))
    .openapi(cancel, async (c) => {
      const { id } = c.req.valid('param');
      const reason = c.req.valid('json').reason;
      const { state } = await cancelReleaseById(deps, id, { by: c.var.actor, reason });
      return c.json({ id, state }, 200);
    });
}

export interface CancelAsked {
  readonly by: Actor;
  readonly reason?: string | undefined;
  /** Asked again with the same one it is asked once. */
  readonly orderId?: string;
}

async function existing({ store }: Pick<RouteDeps, 'store'>, id: string): Promise<ReleaseView> {
  const release = await findRelease(store.db, id);
  if (!release) throw notFound(`There is no release ${id}.`);
  return release;
}

/**
 * Asks the release to stop, and notes who asked.
 *
 * @returns where it was
 * @throws {HttpProblem} 404, 409 with the state that it ended in, 503, 504
 */
export async function cancelReleaseById(
  { store, temporal }: Pick<RouteDeps, 'store' | 'temporal'>,
  id: string,
  request: CancelAsked,
): Promise<ReleaseProgress> {
  const release = await existing({ store }, id);
  if (release.state !== 'building' && release.state !== 'deploying') {
    throw new HttpProblem(
      409,
      'AlreadyEnded',
      `Release ${id} has ended (${release.state}); there is nothing to cancel.`,
    );
  }
  const { by, reason = CANCELLED, orderId } = request;
  const progress = await temporal.cancelRelease(
    releaseWorkflowId(release, release.commit, release.sequence),
    { by: by.name, reason },
    orderId === undefined ? {} : { updateId: orderId },
  );
  await recordAudit(store.db, {
    id: `release.cancel/${id}/${orderId ?? randomUUID()}`,
    at: Date.now(),
    actor: `${by.kind}:${by.name}`,
    action: 'release.cancel',
    subject: id,
    commit: release.commit,
    detail: reason,
  });
  return progress;
}

/** {@link CancelBody}'s own default, for requests without a body. */
export const CANCELLED = CancelBody.parse({}).reason;
