/** Certificates by ACME for the hosts that answer to their names. Only those hosts read a key. */
import { createRoute, z } from '@hono/zod-openapi';
import { isRouteHost } from '../../contracts/config/routes.ts';
import { queuesOfToken } from '../../contracts/core/queues.ts';
import { HostCertificate } from '../../contracts/http/api.ts';
import { onStore } from '../../store/failures.ts';
import { createCertificateLedger } from '../../store/queries/certificates.ts';
import { isServedAt } from '../../store/queries/served-names.ts';
import { HttpProblem } from '../http/problem.ts';
import { TOKEN_NAMES, createRouter, json, problem, type RouteDeps } from './router.ts';

const read = createRoute({
  method: 'get',
  path: '/{name}',
  summary: "The certificate of a name, with its key (a host's own token)",
  request: { params: z.object({ name: z.string().refine(isRouteHost, 'use a name such as shop.example.com') }) },
  responses: {
    200: json(HostCertificate, 'null when there is none'),
    403: problem('Nothing on this host answers to the name'),
    404: problem('Not a name'),
  },
});

/** Mounted at `/api/hosts/certificates`. */
export function hostCertificateRoutes({ store, secretsKeys }: RouteDeps) {
  const ledger = createCertificateLedger(store.db, secretsKeys);
  return createRouter().openapi(read, async (c) => {
    const { name } = c.req.valid('param');
    const host = c.var.actor.name;
    // A host that is taken over must not read what serves elsewhere.
    if (!(await onStore(() => isServedAt(store.db, name, queuesOfToken(host))))) {
      throw new HttpProblem(
        403,
        'Forbidden',
        `Nothing on ${host}, whose token this is, answers to ${name}. ${TOKEN_NAMES}`,
      );
    }
    c.header('cache-control', 'no-store');
    const found = await ledger.issued(name);
    return c.json(found ? { chain: found.chain, key: found.key.reveal() } : null, 200);
  });
}
