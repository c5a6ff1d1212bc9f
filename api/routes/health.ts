import { createRoute, z } from '@hono/zod-openapi';
import { Readiness } from '../../contracts/http/api.ts';
import { countOpenDeliveries } from '../../store/queries/inbox.ts';
import type { Check } from '../ports.ts';
import { certificatesCheck, upkeepCheck, workflowsCheck } from '../operations/trouble.ts';
import { within } from '../http/within.ts';
import { createRouter, json, type RouteDeps } from './router.ts';

/** A probe that waits longer than this has its answer: no. */
const STORE_DEADLINE_MS = 2_000;

const alive = createRoute({
  method: 'get',
  path: '/healthz',
  summary: 'Liveness: 200 while the process answers',
  security: [],
  responses: { 200: json(z.object({ alive: z.literal(true) }), 'It is') },
});

const ready = createRoute({
  method: 'get',
  path: '/readyz',
  summary: 'Readiness: 200 when a push would be acted on now',
  security: [],
  responses: {
    200: json(Readiness, 'Everything that is needed answers'),
    503: json(Readiness, 'Something does not; its detail says what'),
  },
});

/** `GET /healthz` and `GET /readyz`: the second asks the store, Temporal and the workers, each time anew. */
export function healthRoutes({ store, temporal, workerState, logger }: RouteDeps) {
  async function storeCheck(): Promise<Check> {
    try {
      const { received, dead } = await within(STORE_DEADLINE_MS, countOpenDeliveries(store.db));
      return { ok: true, detail: `answers; ${received} deliveries wait, ${dead} were given up` };
    } catch (error) {
      logger.warn({ err: error }, 'readiness: the store does not answer');
      return { ok: false, detail: 'does not answer; webhooks are refused with 503 until it does. Check PostgreSQL' };
    }
  }

  return createRouter()
    .openapi(alive, (c) => c.json({ alive: true as const }, 200))
    .openapi(ready, async (c) => {
      const [storeState, temporalState, upkeep, workflows, certificates] = await Promise.all([
        storeCheck(),
        temporal.health(),
        upkeepCheck({ store }),
        workflowsCheck({ temporal }),
        certificatesCheck({ store }),
      ]);
      const checks: Record<string, Check> = {
        ...{ store: storeState, temporal: temporalState, worker: workerState() },
        ...{ upkeep, workflows, certificates },
      };
      const isReady = Object.values(checks).every(({ ok }) => ok);
      return c.json({ ready: isReady, checks }, isReady ? 200 : 503);
    });
}
