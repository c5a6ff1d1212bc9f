/** `POST /deploy` and the status address that it answers with (requirements, C1–C4; docs/ci.md). */
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Trigger } from '../../contracts/admission/delivery.ts';
import { DeployAnswer, DeployProblem, DeployRequest } from '../../contracts/http/deploy.ts';
import type { ServiceKey } from '../../contracts/core/keys.ts';
import { COMMIT } from '../../contracts/core/names.ts';
import type { ApiEnv } from '../deps.ts';
import { createRouter, json, problem, type RouteDeps } from '../routes/router.ts';
import { notFound } from '../http/problem.ts';
import { acceptedAnswer, endAnswer, respond, unendedAnswer } from './responses.ts';
import { assertSame, join } from './idempotency.ts';
import { serviceOf } from './service.ts';
import { decidedRelease, describe, follow } from './progress.ts';
import { streamProgress } from './stream.ts';
import { readStatusToken, statusTokenEnd, type StatusToken } from './status-token.ts';
import { verifyRequest, type VerifiedRequest } from './verify.ts';
import { preferenceOf, type Preference } from './prefer-header.ts';

/** A mistake in the request gets its own status, also for callers that do not wait for the deployment. */
const DECISION_MS = 8_000;

/** Mounted at `/deploy`. Both check for themselves who asks. */
export function deployRoutes(deps: RouteDeps) {
  const router = createRouter();
  describeRoutes(router);

  router.post('/', async (c) => {
    const verified = await verifyRequest(c, deps);
    const key = await serviceOf(deps, verified.asked);
    const { workflowId, onlyLook } = await join(deps, key, verified);
    if (!onlyLook) await begin(deps, key, workflowId, verified);
    return answer(c, deps, { workflowId, endsAt: statusTokenEnd(Date.now()) }, preferenceOf(c, verified.asked.wait));
  });

  router.get('/:token', async (c) => {
    const token = readStatusToken(deps.cookieKey, c.req.param('token'), Date.now());
    if (token === undefined) throw notFound('There is no such status address, or it has ended.');
    return answer(c, deps, token, preferenceOf(c, false));
  });
  return router;
}

async function begin(deps: RouteDeps, key: ServiceKey, workflowId: string, request: VerifiedRequest): Promise<void> {
  const { sender, asked, fingerprint, nonce } = request;
  const isCommit = COMMIT.test(asked.image_sha);
  const trigger: Trigger = {
    kind: 'image',
    requestKey: workflowId,
    ...key,
    environment: asked.environment ?? null,
    image: {
      commit: isCommit ? asked.image_sha : (asked.commit ?? null),
      tag: asked.tag ?? null,
      digest: isCommit ? (asked.digest ?? null) : asked.image_sha,
    },
    actor: { kind: 'ci', name: sender },
  };
  await deps.temporal.startDeploy(trigger, { workflowId, fingerprint });
  if (nonce === undefined) return;
  // Another request with this nonce may have come at the same moment, and been the first.
  assertSame((await deps.temporal.fingerprintOf(workflowId)) ?? fingerprint, fingerprint);
}

async function answer(
  c: Context<ApiEnv>,
  deps: RouteDeps,
  token: StatusToken,
  { mode, limitMs }: Preference,
): Promise<Response> {
  const { workflowId } = token;
  const patience = { limitMs, signal: untilNobodyWaits(c) };
  if (mode !== 'wait') await decidedRelease(deps, workflowId, { ...patience, limitMs: DECISION_MS });
  if (mode === 'stream') return streamProgress(c, deps, token, patience);
  const progress = await follow(deps, workflowId, patience);
  const known = await describe(deps, token, progress);
  if (progress.ended) return respond(c, endAnswer(progress.ended, known));
  if (mode === 'accept') return respond(c, acceptedAnswer(known));
  return respond(c, unendedAnswer(known, { isClosing: c.env.closing?.aborted ?? false }));
}

/** Aborted when the connection is dropped, which ends only the wait; or when the server closes. */
function untilNobodyWaits(c: Context<ApiEnv>): AbortSignal {
  const gone = new AbortController();
  c.env.outgoing?.once('close', () => {
    gone.abort();
  });
  return c.env.closing ? AbortSignal.any([gone.signal, c.env.closing]) : gone.signal;
}

/** Written by hand, because the routes themselves look at the raw bytes before anything parses them. */
function describeRoutes({ openAPIRegistry }: ReturnType<typeof createRouter>): void {
  const failed = {
    description: 'It did not land: 4xx, nothing was touched; 502, rolled back; 500, not even that; 504, not yet',
    content: { 'application/problem+json': { schema: DeployProblem } },
  };
  const responses = {
    200: {
      ...json(DeployAnswer, 'It is live'),
      content: { 'application/json': { schema: DeployAnswer }, 'text/event-stream': { schema: z.string() } },
    },
    202: json(DeployAnswer, 'It goes on; the caller did not want to wait'),
    default: failed,
  };
  const signature = z.object({
    'x-hub-signature-256': z.string(),
    'x-landfall-timestamp': z.string().optional(),
    'x-landfall-nonce': z.string().optional(),
  });
  openAPIRegistry.registerPath({
    method: 'post',
    path: '/',
    summary: 'Deploy an image that a CI system has pushed, and wait for it',
    security: [],
    request: { headers: signature, body: { content: { 'application/json': { schema: DeployRequest } } } },
    responses: { ...responses, 401: problem('Not signed by anybody we know, or too long ago') },
  });
  openAPIRegistry.registerPath({
    method: 'get',
    path: '/{token}',
    summary: 'The progress of a requested deployment',
    security: [],
    request: { params: z.object({ token: z.string() }) },
    responses: { ...responses, 404: problem('No such address') },
  });
}
