import { createRoute, z } from '@hono/zod-openapi';
import { CertificateView } from '../../contracts/http/api.ts';
import { onStore } from '../../store/failures.ts';
import { certificateViews } from '../../store/queries/certificate-views.ts';
import { createRouter, json, type RouteDeps } from './router.ts';

const list = createRoute({
  method: 'get',
  path: '/',
  summary: 'The certificates of all names: valid until when, and what keeps one from being renewed',
  responses: { 200: json(z.array(CertificateView), 'By name') },
});

/** Mounted at `/api/certificates`. */
export function certificateRoutes({ store }: RouteDeps) {
  return createRouter().openapi(list, async (c) => c.json(await onStore(() => certificateViews(store.db)), 200));
}
