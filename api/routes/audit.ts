import { createRoute, z } from '@hono/zod-openapi';
import { listAudit } from '../../store/queries/views.ts';
import { Id, Limit, createRouter, json, type RouteDeps } from './router.ts';

const audit = createRoute({
  method: 'get',
  path: '/',
  summary: 'Who did what, newest first',
  request: { query: z.object({ subject: Id.optional(), limit: Limit }) },
  responses: {
    200: json(
      z.array(
        z.object({
          id: z.string(),
          at: z.string(),
          actor: z.string(),
          action: z.string(),
          subject: z.string(),
          commit: z.string().nullable(),
          digest: z.string().nullable(),
          detail: z.string().nullable(),
        }),
      ),
      'The newest events',
    ),
  },
});

/** Mounted at `/api/audit`. */
export function auditRoutes({ store }: RouteDeps) {
  return createRouter().openapi(audit, async (c) => {
    const events = await listAudit(store.db, c.req.valid('query'));
    return c.json(
      events.map((event) => ({ ...event, at: event.at.toISOString() })),
      200,
    );
  });
}
