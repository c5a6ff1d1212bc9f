import { createRoute, z } from '@hono/zod-openapi';
import { listAudit } from '../../store/queries/views.ts';
import { undressed } from '../../contracts/github/selector.ts';
import { keptId, selectorMeant } from '../../store/queries/kept-id.ts';
import { Limit, createRouter, json, type RouteDeps } from './router.ts';

const audit = createRoute({
  method: 'get',
  path: '/',
  summary: 'The audit trail, newest first',
  request: {
    /** Any id that Landfall prints. */
    query: z.object({ subject: z.string().max(1_500).optional(), limit: Limit }),
  },
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
    const { limit, subject } = c.req.valid('query');
    const of = subject === undefined ? {} : { subject: await subjectOf(store.db, subject) };
    const events = await listAudit(store.db, { limit, ...of });
    return c.json(
      events.map((event) => ({ ...event, at: event.at.toISOString() })),
      200,
    );
  });
}

/** However it was copied, and by either name of what moved. Services and environments are named in it as well, by their ids. */
async function subjectOf(db: RouteDeps['store']['db'], text: string): Promise<string> {
  const selector = await selectorMeant(db, text);
  return selector?.id ?? keptId(db, undressed(text.trim()).toLowerCase());
}
