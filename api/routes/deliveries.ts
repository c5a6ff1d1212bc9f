import { createRoute, z } from '@hono/zod-openapi';
import { DecisionView } from '../../contracts/http/api.ts';
import { IGNORE_REASONS } from '../../contracts/admission/decision.ts';
import { deliveryWorkflowId } from '../../contracts/core/ids.ts';
import { DELIVERY } from '../../contracts/core/names.ts';
import type { Database } from '../../store/open.ts';
import { decisionsOf, type DecisionRow } from '../../store/queries/decisions.ts';
import { listDeliveries, type DeliveryRow } from '../../store/queries/inbox.ts';
import { decisionView } from './decisions.ts';
import { Limit, createRouter, json, problem, type RouteDeps } from './router.ts';
import { reviveDelivery } from '../operations/revive-delivery.ts';

const STATES = ['received', 'handed_over', 'ignored', 'dead'] as const satisfies readonly DeliveryRow['state'][];

const DeliveryView = z.object({
  id: z.string(),
  event: z.string(),
  action: z.string().nullable(),
  repository: z.string().nullable(),
  ref: z.string().nullable(),
  state: z.enum(STATES),
  /** The number of times that Temporal refused it. */
  attempts: z.int(),
  /** The reason why it is ignored, or the result of the last attempt. */
  reason: z.string().nullable(),
  /** The reason why it is ignored, for programs. */
  ignored: z.enum(IGNORE_REASONS).nullable(),
  /** The decisions for each service and environment; empty while they are not known. */
  decisions: z.array(DecisionView),
  receivedAt: z.string(),
  handedOverAt: z.string().nullable(),
});
export type DeliveryView = z.infer<typeof DeliveryView>;

const list = createRoute({
  method: 'get',
  path: '/',
  summary: "GitHub's deliveries, newest first",
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
export function deliveryRoutes(deps: RouteDeps) {
  const { store } = deps;
  return createRouter()
    .openapi(list, async (c) => {
      const { before, ...filter } = c.req.valid('query');
      const rows = await listDeliveries(store.db, { ...filter, before: before ? new Date(before) : undefined });
      return c.json(await deliveryViews(store.db, rows), 200);
    })
    .openapi(retry, async (c) => {
      const { id } = c.req.valid('param');
      await reviveDelivery(deps, id);
      return c.json({ id, state: 'received' as const }, 202);
    });
}

/** Each with what it led to. */
export async function deliveryViews(db: Database, rows: readonly DeliveryRow[]): Promise<DeliveryView[]> {
  const keyOf = ({ deliveryId }: DeliveryRow) => deliveryWorkflowId(deliveryId);
  const made = await decisionsOf(db, rows.map(keyOf));
  return rows.map((row) => deliveryView(row, made.get(keyOf(row)) ?? []));
}

function deliveryView(row: DeliveryRow, decisions: readonly DecisionRow[]): DeliveryView {
  return {
    id: row.deliveryId,
    event: row.event,
    action: row.action,
    repository: row.repository,
    ref: row.ref,
    state: row.state,
    attempts: row.attempts,
    reason: row.state === 'handed_over' ? null : row.lastError,
    ignored: row.ignored,
    decisions: decisions.map(decisionView),
    receivedAt: row.receivedAt.toISOString(),
    handedOverAt: row.handedOverAt?.toISOString() ?? null,
  };
}
