import { z } from 'zod';
import { id, ignored, invalid } from './event.ts';
import type { GitHubEvent, Reading } from './event.ts';

const Payload = z.object({ hook_id: id });

function read(_deliveryId: string, payload: unknown): Reading<never> {
  const parsed = Payload.safeParse(payload);
  return parsed.success ? ignored(`GitHub has verified webhook ${parsed.data.hook_id}`, 'ping') : invalid(parsed.error);
}

/** GitHub tries a webhook out when it is made. */
export const pingEvent = { event: 'ping', read, work: {} } as const satisfies GitHubEvent<never>;
