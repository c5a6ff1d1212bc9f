import { createRoute, z } from '@hono/zod-openapi';
import { DELIVERY } from '../../contracts/names.ts';
import { listDeliveries, reviveDelivery, type DeliveryRow } from '../../store/queries/inbox.ts';
import { Limit, createRouter, json, notFound, problem, type RouteDeps } from './router.ts';

const STATES = ['received', 'handed_over', 'ignored', 'dead'] as const satisfies readonly DeliveryRow['state'][];

const DeliveryView = z.object({
  id: z.string(),
  event: z.string(),
  action: z.string().nullable(),
  repository: z.string().nullable(),
  ref: z.string().nullable(),
  state: z.enum(STATES),
  /** How often Temporal refused it. */
  attempts: z.int(),
  /** Why it is ignored, or what the last attempt came to. */
  reason: z.string().nullable(),
  receivedAt: z.string(),
  handedOverAt: z.string().nullable(),
});
export type DeliveryView = z.infer<typeof DeliveryView>;

const list = createRoute({
  method: 'get',
  path: '/',
  summary: 'What GitHub delivered, newest first',
  request: {
    query: z.object({ state: z.enum(STATES).optional(), before: z.iso.datetime().optional(), limit: Limit }),
  },
  responses: { 200: json(z.array(DeliveryView), 'The newest ones') },
});

const retry = createRoute({
  method: 'post',
  path: '/{id}/retry',
  summary: 'Take up a delivery that was given up',
  request: { params: z.object({ id: z.string().regex(DELIVERY) }) },
  responses: {
    202: json(z.object({ id: z.string(), state: z.enum(STATES) }), 'It is handed over again'),
    404: problem('No such delivery has been given up'),
  },
});

/** Mounted at `/api/deliveries`. */
export function deliveryRoutes({ appId, store, wakeInbox }: RouteDeps) {
  return createRouter()
    .openapi(list, async (c) => {
      const { before, ...filter } = c.req.valid('query');
      const rows = await listDeliveries(store.db, { ...filter, before: before ? new Date(before) : undefined });
      return c.json(rows.map(deliveryView), 200);
    })
    .openapi(retry, async (c) => {
      const { id } = c.req.valid('param');
      const revived = await reviveDelivery(store.db, appId, id, new Date());
      if (!revived)
        throw notFound(`There is no delivery ${id} that was given up; GET /api/deliveries?state=dead lists them.`);
      wakeInbox();
      return c.json({ id, state: 'received' as const }, 202);
    });
}

export function deliveryView(row: DeliveryRow): DeliveryView {
  return {
    id: row.deliveryId,
    event: row.event,
    action: row.action,
    repository: row.repository,
    ref: row.ref,
    state: row.state,
    attempts: row.attempts,
    reason: row.state === 'handed_over' ? null : row.lastError,
    receivedAt: row.receivedAt.toISOString(),
    handedOverAt: row.handedOverAt?.toISOString() ?? null,
  };
}
