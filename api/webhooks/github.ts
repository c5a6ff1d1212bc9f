import { Hono, type Context } from 'hono';
import { DELIVERY } from '../../contracts/core/names.ts';
import type { NewDelivery } from '../../store/queries/inbox.ts';
import type { ApiDeps, ApiEnv } from '../deps.ts';
import { HttpProblem } from '../http/problem.ts';
import type { ReceivedBody } from '../http/received-body.ts';
import { MAX_SIGNED_BYTES, withSignedBody } from '../http/signed-body.ts';
import { readDelivery, readDeliveryFile, type DeliveryHeaders } from './read-delivery.ts';

type WebhookDeps = Pick<
  ApiDeps,
  'appId' | 'gitHubApiUrl' | 'readLargeDelivery' | 'spoolDir' | 'wakeInbox' | 'webhookSecrets'
> & {
  /** Commits the delivery; what has been answered 202 is never forgotten. */
  readonly remember: (delivery: NewDelivery) => Promise<'accepted' | 'known'>;
};

const ADVICE = {
  size: ', as many as GitHub delivers',
  type: "Set the webhook's content type to application/json.",
  unsigned: 'Set a secret on the webhook.',
  wrong: "Compare the webhook's secret with ours.",
};

const EVENT = /^[a-z][a-z0-9_]{0,63}$/;

/**
 * `POST /` receives GitHub's deliveries.
 *
 * Answers 202 once the delivery is remembered, not once it is acted on: GitHub gives up after ten seconds and never
 * tries again. Unsigned bytes are not parsed, and without a signature header not even read.
 *
 * Refuses with 411, 413, 415, 401, 400, 422 in that order of checks. Answers 503 when the delivery could not be
 * remembered, or when too many unverified bytes arrive at once: GitHub lists it as failed, and it can be redelivered.
 */
export function gitHubWebhook(deps: WebhookDeps): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();

  app.post('/', async (c) => {
    const signed = {
      maxBytes: MAX_SIGNED_BYTES,
      spoolDir: deps.spoolDir,
      secrets: deps.webhookSecrets,
      advice: ADVICE,
    };
    const { event, deliveryId, reading, about } = await withSignedBody(c, signed, async ({ body }) => {
      const headers = { ...deliveryHeaders(c), app: { id: deps.appId, apiUrl: deps.gitHubApiUrl } };
      return { ...headers, ...(await readBody(body, headers, deps)) };
    });

    const outcome = await deps.remember({
      appId: deps.appId,
      deliveryId,
      event,
      action: about.action ?? null,
      repository: about.repository?.full_name ?? null,
      ref: about.ref ?? null,
      receivedAt: new Date(),
      meaning:
        reading.kind === 'handover' ? { trigger: reading.handover } : { ignored: reading.reason, code: reading.code },
    });
    // After the answer is on its way: GitHub waits for us, not for Temporal.
    if (reading.kind === 'handover' && outcome === 'accepted') setImmediate(deps.wakeInbox);
    return c.json(
      {
        delivery: deliveryId,
        outcome: outcome === 'known' ? 'known' : reading.kind === 'handover' ? 'accepted' : 'ignored',
        ...(reading.kind === 'ignored' && { reason: reading.reason, code: reading.code }),
      },
      202,
    );
  });

  return app;
}

/** @throws {HttpProblem} 400, 422 */
async function readBody(body: ReceivedBody, headers: DeliveryHeaders, deps: WebhookDeps) {
  const { readLargeDelivery = async (file) => readDeliveryFile(file) } = deps;
  const read =
    body.fd === undefined
      ? readDelivery(await body.read(), headers)
      : await readLargeDelivery({ ...headers, fd: body.fd, length: body.length });
  if (read.ok) return read;
  throw new HttpProblem(read.status, read.status === 400 ? 'BadRequest' : 'InvalidPayload', read.why);
}

function deliveryHeaders(c: Context<ApiEnv>): { event: string; deliveryId: string } {
  const event = c.req.header('x-github-event') ?? '';
  if (!EVENT.test(event)) throw new HttpProblem(400, 'BadRequest', 'X-GitHub-Event is missing or is no event name.');
  const deliveryId = c.req.header('x-github-delivery') ?? '';
  if (!DELIVERY.test(deliveryId))
    throw new HttpProblem(400, 'BadRequest', 'X-GitHub-Delivery is missing or is no GUID.');
  return { event, deliveryId };
}
