/** The whole HTTP side as one Hono app: webhook, REST, pages. Nothing listens yet: see server.ts. */
import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { html } from 'hono/html';
import { secureHeaders } from 'hono/secure-headers';
import { authorize } from './auth/authorize.ts';
import { deployRoutes } from './deploy/routes.ts';
import type { ApiDeps, ApiEnv } from './deps.ts';
import { asNamed } from './routes/as-named.ts';
import { keptByNobody } from './http/cache-control.ts';
import { nothingThere } from './http/nothing-there.ts';
import { assetRoutes } from './pages/assets.ts';
import { layout } from './pages/layout.ts';
import { loginRoutes, ownPath, showLogin } from './pages/login-routes.ts';
import { pageRoutes } from './pages/routes.ts';
import { acceptDelivery } from '../store/queries/inbox.ts';
import { HttpProblem, problemOf, problemResponse } from './http/problem.ts';
import { approvalRoutes } from './routes/approvals.ts';
import { certificateRoutes } from './routes/certificates.ts';
import { decisionRoutes } from './routes/decisions.ts';
import { deliveryRoutes } from './routes/deliveries.ts';
import { deploymentRoutes } from './routes/deployments.ts';
import { environmentRoutes } from './routes/environments.ts';
import { haltRoutes } from './routes/halts.ts';
import { healthRoutes } from './routes/health.ts';
import { installationRoutes } from './routes/installations.ts';
import { jobRoutes } from './routes/jobs.ts';
import { logRoutes } from './routes/logs.ts';
import { promoteRoutes } from './routes/promote.ts';
import { describeRefusals } from './routes/describe-refusals.ts';
import { auditRoutes } from './routes/audit.ts';
import { buildRoutes } from './routes/builds.ts';
import { validateRoutes } from './routes/validate.ts';
import { releaseRoutes } from './routes/releases.ts';
import { retryRoutes } from './routes/retry.ts';
import { serviceRoutes } from './routes/services.ts';
import { hostCertificateRoutes } from './routes/host-certificates.ts';
import { hostVariableRoutes } from './routes/host-variables.ts';
import { variableRoutes } from './routes/variables.ts';
import { gitHubWebhook } from './webhooks/github.ts';

/** No request or landfall.yaml is larger. */
const MAX_BODY_BYTES = 1024 * 1024;

/** Every script, style and request comes from our own origin, and nothing can be framed or sent elsewhere. */
const CONTENT_SECURITY_POLICY = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'"],
  connectSrc: ["'self'"],
  formAction: ["'self'"],
  baseUri: ["'none'"],
  frameAncestors: ["'none'"],
};

/**
 * Makes the app.
 *
 * @throws Error when it would be open to anybody: without a webhook secret, or with a cookie key that is too short
 */
export function createApp(deps: ApiDeps): OpenAPIHono<ApiEnv> {
  refuseUnsafe(deps);
  // A slash at the end of an address means the same: people type one into GitHub's form, and into CI's.
  const app = new OpenAPIHono<ApiEnv>({ strict: false });

  app.onError((error, c) => refuse(c, error, deps));
  app.notFound((c) => refuse(c, nothingThere(app, c), deps));
  app.use(secureHeaders({ contentSecurityPolicy: CONTENT_SECURITY_POLICY, referrerPolicy: 'same-origin' }));
  app.use(keptByNobody);
  app.use(authorize(deps));
  app.use(asNamed(deps, (request, c) => app.fetch(request, c.env)));

  // Both before the general limit: they have larger ones of their own.
  app.route(
    '/api/webhooks/github',
    gitHubWebhook({ ...deps, remember: (delivery) => acceptDelivery(deps.store.db, delivery) }),
  );
  app.route('/api/logs', logRoutes(deps));
  app.use('/api/*', bodyLimit({ maxSize: MAX_BODY_BYTES, onError: tooLarge }));

  app.route('/', healthRoutes(deps));
  app.route('/deploy', deployRoutes(deps));
  app.route('/api/services', serviceRoutes(deps));
  app.route('/api/releases', releaseRoutes(deps));
  app.route('/api/deployments', deploymentRoutes(deps));
  app.route('/api/deliveries', deliveryRoutes(deps));
  app.route('/api/installations', installationRoutes(deps));
  app.route('/api/jobs', jobRoutes(deps));
  app.route('/api/certificates', certificateRoutes(deps));
  app.route('/api/decisions', decisionRoutes(deps));
  app.route('/api/hosts/values', hostVariableRoutes(deps));
  app.route('/api/hosts/certificates', hostCertificateRoutes(deps));
  app.route('/api', variableRoutes(deps));
  app.route('/api/deployments', approvalRoutes(deps));
  app.route('/api/deployments', haltRoutes(deps));
  app.route('/api/environments', environmentRoutes(deps));
  app.route('/api/environments', promoteRoutes(deps));
  app.route('/api/releases', retryRoutes(deps));
  app.route('/api/builds', buildRoutes(deps));
  app.route('/api/audit', auditRoutes(deps));
  app.route('/api', validateRoutes(deps));
  describe(app);

  app.route('/assets', assetRoutes());
  app.route('/', loginRoutes(deps));
  app.route('/', pageRoutes(deps));
  return app;
}

function refuseUnsafe({ webhookSecrets, cookieKey }: ApiDeps): void {
  if (webhookSecrets.length === 0 || webhookSecrets.some((secret) => secret.reveal() === '')) {
    throw new Error(
      'The API does not start without a webhook secret: anybody could send it deliveries. Set the secret that the webhook was created with.',
    );
  }
  if (cookieKey.reveal().length < 32) {
    throw new Error(
      'The cookie key is shorter than 32 characters, so sessions could be forged. Set a longer random one.',
    );
  }
}

/** `GET /api/openapi.json`: OpenAPI 3.1, from the very routes that answer. */
function describe(app: OpenAPIHono<ApiEnv>): void {
  describeRefusals(app.openAPIRegistry);
  app.openAPIRegistry.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer' });
  app.doc31('/api/openapi.json', {
    openapi: '3.1.0',
    info: { title: 'Landfall', version: '1', description: 'Errors are application/problem+json (RFC 9457).' },
    security: [{ token: [] }],
  });
}

/** Programs get a problem, people a page. */
async function refuse(c: Context<ApiEnv>, error: Error, { logger }: ApiDeps): Promise<Response> {
  const problem = await problemOf(error, logger);
  const isForPeople = !c.req.path.startsWith('/api/') && (c.req.header('accept') ?? '').includes('text/html');
  if (!isForPeople) return problemResponse(c, problem);
  if (problem.status === 401) return showLogin(c, 401, ownPath(c.req.path));
  const main = html`<section class="card empty">
    <h1>${problem.message}</h1>
    <p><a href="/">Back to the services</a></p>
  </section>`;
  return c.html(layout({ title: 'Problem', main }), problem.status, { ...problem.headers });
}

function tooLarge(): never {
  throw new HttpProblem(413, 'TooLarge', `At most ${MAX_BODY_BYTES} bytes are taken.`);
}
