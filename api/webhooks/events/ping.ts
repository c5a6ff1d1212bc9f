import { z } from 'zod';
import { id, ignored, invalid } from './reading.ts';
import type { Reader } from './reading.ts';

const Ping = z.object({ hook_id: id });

/** GitHub tries a webhook out when it is made. */
export const readPing: Reader = (_deliveryId, payload) => {
  const parsed = Ping.safeParse(payload);
  return parsed.success
    ? ignored(`GitHub has verified webhook ${parsed.data.hook_id}`, 'ping')
    : invalid('ping', parsed.error);
};
