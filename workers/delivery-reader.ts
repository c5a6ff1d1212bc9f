/**
 * Reads large webhook deliveries in a thread of its own, with a deadline. GitHub signs what it delivers, but people fill
 * it: what 25 MiB of JSON cost even within the limits of foreign-json.ts is too much beside everything else.
 */
import type { DeliveryFile, DeliveryReading, ReadDelivery } from '../api/webhooks/read-delivery.ts';
import { createReadingThread, threadBeside, Unreadable } from './reading-thread.ts';

/** GitHub gives up after ten seconds. The largest push that it sends takes less than two of them. */
const DEADLINE_MS = 8_000;
/** 25 MiB are kept three times (bytes, text, values), and values take the most. */
const RESOURCES = { maxOldGenerationSizeMb: 384, maxYoungGenerationSizeMb: 32 } as const;

const THREAD = threadBeside(import.meta.url, './delivery-thread');

/** One delivery at a time; a thread that had to be ended is replaced. */
export function createDeliveryReader() {
  const reading = createReadingThread<DeliveryFile, DeliveryReading>({
    thread: THREAD,
    deadlineMs: DEADLINE_MS,
    resources: RESOURCES,
  });
  const read: ReadDelivery = async (file) => {
    try {
      return await reading.ask(file);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      return { ok: false, status: 422, why: `Reading the payload ${error.message}. Landfall does not act on it.` };
    }
  };
  return { read, close: async () => reading.close() };
}
