import type { GitHubId } from '../../contracts/core/github-id.ts';
import { asParameter } from './octokit.ts';
import { gitHubId } from '../../contracts/core/github-id-fields.ts';
import { z } from 'zod';
import type { AppClient } from './app-client.ts';

const Delivery = z.object({
  id: gitHubId,
  guid: z.string(),
  delivered_at: z.iso.datetime({ offset: true }),
  event: z.string(),
});
const Page = z.object({ deliveries: z.array(Delivery), next: z.string().optional() });

const PER_PAGE = 100;

/** One attempt of GitHub's to deliver an event. */
export interface HookDelivery {
  readonly id: GitHubId;
  /** The same for every attempt. */
  readonly guid: string;
  readonly event: string;
  /** In milliseconds since the epoch, by GitHub's clock. */
  readonly deliveredAt: number;
}

export interface HookDeliveries {
  /** A page of the App's deliveries, newest first; GitHub keeps three days. @throws `GitHub*` */
  list(
    cursor: string | null,
    signal: AbortSignal,
  ): Promise<{ readonly deliveries: readonly HookDelivery[]; readonly next: string | null }>;
  /** Has GitHub deliver it once more, under its own GUID. @throws `GitHub*` */
  redeliver(id: GitHubId, signal: AbortSignal): Promise<void>;
  /** GitHub's clock, as far as it is known. */
  now(): number;
}

/** GitHub's own list of what it delivered to the App (GitHub Docs, "REST API endpoints for GitHub App webhooks"). */
export function createHookDeliveries(app: AppClient): HookDeliveries {
  return {
    async list(cursor, signal) {
      const call = { what: 'Listing the deliveries of the webhook', answer: Page, signal };
      const { deliveries, next } = await app.call(call, async (github) => {
        const { data, headers } = await github.rest.apps.listWebhookDeliveries({
          per_page: PER_PAGE,
          ...(cursor !== null && { cursor }),
        });
        return { data: { deliveries: data, next: nextCursor(headers.link) }, headers };
      });
      return {
        deliveries: deliveries.map(({ id, guid, event, delivered_at: at }) => ({
          id,
          guid,
          event,
          deliveredAt: Date.parse(at),
        })),
        next: next ?? null,
      };
    },

    async redeliver(id, signal) {
      const call = { what: `Redelivering delivery ${id}`, answer: z.object({}), signal };
      await app.call(call, async (github) => {
        const { headers } = await github.rest.apps.redeliverWebhookDelivery({ delivery_id: asParameter(id) });
        // The answer says nothing more than 202.
        return { data: {}, headers };
      });
    },

    now: () => Date.now() + app.skewMs(),
  };
}

/** The cursor in `<https://…?cursor=v1_…>; rel="next"` (GitHub Docs, "Using pagination in the REST API"). */
function nextCursor(link: string | undefined): string | undefined {
  const next = link?.split(',').find((one) => one.includes('rel="next"'));
  const url = /<([^>]+)>/.exec(next ?? '')?.[1];
  return url === undefined ? undefined : (new URL(url).searchParams.get('cursor') ?? undefined);
}
