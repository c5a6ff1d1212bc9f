import { Hono, type Context } from 'hono';
import { z } from 'zod';
import { DELIVERY } from '../../contracts/names.ts';
import type { NewDelivery } from '../../store/queries/inbox.ts';
import type { ApiDeps, ApiEnv } from '../deps.ts';
import { HttpProblem } from '../problem.ts';
import { parseSignedBody, readSignedBody } from '../signed-body.ts';
import { readEvent } from './events/read-event.ts';
import { isSignedBy } from './signature.ts';

type WebhookDeps = Pick<ApiDeps, 'appId' | 'gitHubApiUrl' | 'wakeInbox' | 'webhookSecrets'> & {
  /** Commits the delivery; what has been answered 202 is never forgotten. */
  readonly remember: (delivery: NewDelivery) => Promise<'accepted' | 'known'>;
};

/** GitHub delivers nothing larger (docs, "Webhook events and payloads"). */
const MAX_BYTES = 25 * 1024 * 1024;

const ADVICE = {
  size: ', as many as GitHub delivers',
  type: "Set the webhook's content type to application/json.",
  signature: 'Set a secret on the webhook.',
};

const EVENT = /^[a-z][a-z0-9_]{0,63}$/;

/** For the list of deliveries: whatever the event was about, when it says so. */
const About = z.object({
  action: z.string().max(100).nullish().catch(null),
  ref: z.string().max(1024).nullish().catch(null),
  repository: z
    .object({ full_name: z.string().max(255) })
    .nullish()
    .catch(null),
});

/**
 * `POST /` receives GitHub's deliveries.
 *
 * Answers 202 once the delivery is remembered, not once it is acted on: GitHub gives up after ten seconds and
 * never tries again. Bytes that nobody signed are not parsed, and without a signature not even read.
 *
 * Refuses with 411, 413, 415, 401, 400, 422 in that order of checks; 503 when it could not be remembered, so that
 * GitHub lists it as failed and it can be redelivered.
 */
export function gitHubWebhook(deps: WebhookDeps): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();

  app.post('/', async (c) => {
    const body = await verifiedBody(c, deps);
    const { event, deliveryId } = deliveryHeaders(c);
    const payload = parseSignedBody(body);
    const reading = readEvent(event, deliveryId, payload, { id: deps.appId, apiUrl: deps.gitHubApiUrl });
    if (reading.kind === 'invalid') throw new HttpProblem(422, 'InvalidPayload', reading.problem);

    const about = About.safeParse(payload).data;
    const outcome = await deps.remember({
      appId: deps.appId,
      deliveryId,
      event,
      action: about?.action ?? null,
      repository: about?.repository?.full_name ?? null,
      ref: about?.ref ?? null,
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

/** The exact bytes, once a secret of ours has signed them. */
async function verifiedBody(c: Context<ApiEnv>, { webhookSecrets }: WebhookDeps): Promise<Buffer> {
  const { bytes, signature } = await readSignedBody(c, { maxBytes: MAX_BYTES, advice: ADVICE });
  if (!isSignedBy(webhookSecrets, bytes, signature)) {
    throw new HttpProblem(
      401,
      'WrongSignature',
      "The signature does not match. Compare the webhook's secret with ours.",
    );
  }
  return bytes;
}

function deliveryHeaders(c: Context<ApiEnv>): { event: string; deliveryId: string } {
  const event = c.req.header('x-github-event') ?? '';
  if (!EVENT.test(event)) throw new HttpProblem(400, 'BadRequest', 'X-GitHub-Event is missing or is no event name.');
  const deliveryId = c.req.header('x-github-delivery') ?? '';
  if (!DELIVERY.test(deliveryId))
    throw new HttpProblem(400, 'BadRequest', 'X-GitHub-Delivery is missing or is no GUID.');
  return { event, deliveryId };
}
