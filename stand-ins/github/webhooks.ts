/**
 * Webhooks as GitHub sends them: real HMAC and headers over real bytes, ten seconds to answer, a log of
 * deliveries, and never a second try of its own accord (docs, "Handling failed webhook deliveries").
 */
import { toJson } from './wire.ts';
import { createHmac, randomUUID } from 'node:crypto';
import type { Description } from './description.ts';
import { type Delivery, type Installation, type Repository, type State, nextId, now } from './state.ts';

/** The subject of an event. */
export interface Subject {
  readonly action?: string;
  readonly installation: Installation | undefined;
  readonly repository?: Repository;
}

export interface Webhooks {
  /** Sends an event in the background. Held to the schema of `event` or `event-action`. */
  emit(event: string, subject: Subject, payload: object): void;
  /** Sends a delivery again under its own GUID. Resolves once it was answered or given up. */
  redeliver(delivery: Delivery): Promise<Delivery>;
  /** From now on this share of the deliveries gets lost, spread evenly. Lost ones that were `recorded` can be redelivered. */
  drop(share: number, recorded: boolean): void;
  /** Resolved when nothing is under way. */
  idle(): Promise<void>;
}

/** GitHub hangs up after ten seconds. */
const ANSWER_WITHIN_MS = 10_000;
const TARGET_TYPE = 'integration';

export function createWebhooks(state: State, description: Description): Webhooks {
  const underWay = new Set<Promise<unknown>>();
  let lost = { share: 0, recorded: false, sum: 0 };

  const track = <T>(work: Promise<T>): Promise<T> => {
    const settled = work.finally(() => underWay.delete(settled));
    underWay.add(settled);
    return settled;
  };

  const isLost = (): boolean => {
    lost.sum += lost.share;
    if (lost.sum < 1) return false;
    lost.sum -= 1;
    return true;
  };

  return {
    emit(event, { action, installation, repository }, payload) {
      if (!state.webhook) return;
      const body = toJson({ ...(action !== undefined && { action }), ...payload });
      // In GitHub's description the words of both are joined by dashes.
      const name = (action === undefined ? event : `${event}-${action}`).replaceAll('_', '-');
      const mismatches = description.event(name, JSON.parse(body));
      if (mismatches.length > 0) state.drift.push({ operation: event, where: 'event', mismatches });

      const guid = randomUUID();
      const delivery = record(state, {
        guid,
        event,
        action: action ?? null,
        redelivery: false,
        installationId: installation?.id ?? null,
        repositoryId: repository?.id ?? null,
        request: { headers: headers(state, event, guid, body), body },
      });
      if (isLost()) {
        if (!lost.recorded) state.deliveries.splice(state.deliveries.indexOf(delivery), 1);
        return;
      }
      void track(send(state, delivery));
    },
    redeliver(earlier) {
      const { guid, event, request } = earlier;
      const again = {
        ...earlier,
        redelivery: true,
        request: { ...request, headers: headers(state, event, guid, request.body) },
      };
      return track(send(state, record(state, again)));
    },
    drop: (share, recorded) => void (lost = { share, recorded, sum: 0 }),
    async idle() {
      while (underWay.size > 0) await Promise.allSettled([...underWay]);
    },
  };
}

type Sent = Pick<Delivery, 'guid' | 'event' | 'action' | 'redelivery' | 'installationId' | 'repositoryId' | 'request'>;

function record(state: State, sent: Sent): Delivery {
  const delivery = {
    ...sent,
    id: nextId(state),
    deliveredAt: now(state),
    duration: 0,
    status: 'failed to connect',
    statusCode: 0,
    response: null,
  };
  state.deliveries.push(delivery);
  return delivery;
}

async function send(state: State, delivery: Delivery): Promise<Delivery> {
  if (!state.webhook) return delivery;
  const startedAt = performance.now();
  try {
    const answer = await fetch(state.webhook.url, {
      method: 'POST',
      headers: delivery.request.headers,
      body: delivery.request.body,
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    delivery.response = { headers: Object.fromEntries(answer.headers), body: await answer.text() };
    delivery.statusCode = answer.status;
    delivery.status = answer.ok ? 'OK' : answer.statusText || 'Invalid HTTP Response';
  } catch (error) {
    delivery.status = error instanceof Error && error.name === 'TimeoutError' ? 'timed out' : 'failed to connect';
  }
  delivery.duration = (performance.now() - startedAt) / 1000;
  return delivery;
}

function headers(state: State, event: string, guid: string, body: string): Record<string, string> {
  const sign = (algorithm: string) =>
    createHmac(algorithm, state.webhook?.secret ?? '')
      .update(body)
      .digest('hex');
  return {
    accept: '*/*',
    'content-type': 'application/json',
    'user-agent': 'GitHub-Hookshot/044aadd',
    'x-github-delivery': guid,
    'x-github-event': event,
    'x-github-hook-id': '1',
    'x-github-hook-installation-target-id': String(state.appId),
    'x-github-hook-installation-target-type': TARGET_TYPE,
    'x-hub-signature': `sha1=${sign('sha1')}`,
    'x-hub-signature-256': `sha256=${sign('sha256')}`,
  };
}
