import { createRoute, z } from '@hono/zod-openapi';
import { DecisionView } from '../../contracts/http/api.ts';
import { keptQuery } from '../../store/queries/names.ts';
import { listDecisions, type DecisionRow } from '../../store/queries/decisions.ts';
import { Limit, Name, createRouter, json, type RouteDeps } from './router.ts';

const KeptDecision = DecisionView.extend({
  /** `github/{delivery}`, `request/{id}`, `deploy/{secret}/{nonce}`. */
  request: z.string(),
  /** `push`, `ci`, `request`, `image`, `rollback`. */
  cause: z.string(),
  actor: z.string(),
  at: z.string(),
});

const list = createRoute({
  method: 'get',
  path: '/',
  summary: 'Decisions about pushes, CI runs and requests, newest first',
  request: {
    query: z.object({
      project: Name.optional(),
      service: Name.optional(),
      environment: Name.optional(),
      limit: Limit,
    }),
  },
  responses: { 200: json(z.array(KeptDecision), 'The newest ones') },
});

/** Mounted at `/api/decisions`. */
export function decisionRoutes({ store }: RouteDeps) {
  return createRouter().openapi(list, async (c) => {
    const rows = await listDecisions(store.db, await keptQuery(store.db, c.req.valid('query')));
    const kept = rows.map((row) => ({
      ...decisionView(row),
      request: row.requestKey,
      cause: row.cause,
      actor: row.actor,
      at: row.at.toISOString(),
    }));
    return c.json(kept, 200);
  });
}

/** The kept form, where an empty name means none in particular. */
export const decisionView = (row: DecisionRow): DecisionView => ({
  shouldDeploy: row.shouldDeploy,
  project: row.project || null,
  service: row.service || null,
  environment: row.environment || null,
  ref: row.ref,
  commit: row.commit,
  imageTag: row.imageTag,
  version: row.version,
  tag: row.tag,
  releaseId: row.releaseId,
  reason: row.reason,
  detail: row.detail,
});
