/** Reads one verified delivery: its JSON, and its meaning for us. */
import { readSync } from 'node:fs';
import { z } from 'zod';
import { JsonTooComplex, parseForeignJson } from '../../contracts/core/foreign-json.ts';
import type { OurApp, Reading } from '../../contracts/inbox/events/event.ts';
import type { InboxEvent } from '../../contracts/inbox/inbox-event.ts';
import { readEvent } from '../../contracts/inbox/read-event.ts';

export interface DeliveryHeaders {
  readonly event: string;
  readonly deliveryId: string;
  readonly app: OurApp;
}

/** A delivery whose bytes are in a file that is open in this process. */
export interface DeliveryFile extends DeliveryHeaders {
  readonly fd: number;
  /** Bytes. */
  readonly length: number;
}

/** For the list of deliveries: whatever the event was about, when it says so. */
interface About {
  readonly action?: string | null | undefined;
  readonly ref?: string | null | undefined;
  readonly repository?: { readonly full_name: string } | null | undefined;
}

export type DeliveryReading =
  | { readonly ok: true; readonly reading: Exclude<Reading<InboxEvent>, { kind: 'invalid' }>; readonly about: About }
  | { readonly ok: false; readonly status: 400 | 422; readonly why: string };

/** Reads a large delivery where that holds up nothing else. */
export type ReadDelivery = (file: DeliveryFile) => Promise<DeliveryReading>;

const AboutSchema = z.object({
  action: z.string().max(100).nullish().catch(null),
  ref: z.string().max(1024).nullish().catch(null),
  repository: z
    .object({ full_name: z.string().max(255) })
    .nullish()
    .catch(null),
});

/** Call it for bytes whose signature is right. */
export function readDelivery(bytes: Buffer, { event, deliveryId, app }: DeliveryHeaders): DeliveryReading {
  let payload: unknown;
  try {
    payload = parseForeignJson(bytes);
  } catch (error) {
    if (error instanceof JsonTooComplex)
      return { ok: false, status: 422, why: `The payload is not read. ${error.message}` };
    return { ok: false, status: 400, why: 'The body is signed, but it is not JSON.' };
  }
  const reading = readEvent(event, deliveryId, payload, app);
  if (reading.kind === 'invalid') return { ok: false, status: 422, why: reading.problem };
  return { ok: true, reading, about: AboutSchema.safeParse(payload).data ?? {} };
}

/** Blocks until the file is read and parsed. */
export function readDeliveryFile({ fd, length, ...headers }: DeliveryFile): DeliveryReading {
  const bytes = Buffer.allocUnsafeSlow(length);
  let at = 0;
  while (at < length) {
    const read = readSync(fd, bytes, at, length - at, at);
    if (read === 0) throw new Error('A delivery kept in a file is shorter than it was.');
    at += read;
  }
  return readDelivery(bytes, headers);
}
