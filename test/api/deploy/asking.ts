/** `POST /deploy` as a CI system makes it. */
import { createHmac } from 'node:crypto';
import { DEPLOY_SECRET } from '../harness.ts';

export interface Asking {
  /** An object is sent as JSON. */
  readonly body: object | string;
  readonly secret?: string;
  /** Together: signed in front of the body and sent as headers. */
  readonly fresh?: { readonly timestamp: number | string; readonly nonce: string };
  /** `null` leaves the header out. */
  readonly headers?: Readonly<Record<string, string | null>>;
}

export const now = (): number => Math.floor(Date.now() / 1_000);

export function asked({ body, secret = DEPLOY_SECRET, fresh, headers = {} }: Asking) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const signed = fresh ? `${fresh.timestamp}.${fresh.nonce}.${text}` : text;
  const all: Readonly<Record<string, string | null>> = {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(text)),
    'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(signed).digest('hex')}`,
    ...(fresh && { 'x-landfall-timestamp': String(fresh.timestamp), 'x-landfall-nonce': fresh.nonce }),
    ...headers,
  };
  const sent = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null);
  return { method: 'POST', body: text, headers: Object.fromEntries(sent) };
}
