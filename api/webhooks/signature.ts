import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../../contracts/secret.ts';

/** `X-Hub-Signature-256` (GitHub docs, "Validating webhook deliveries"). The older SHA-1 header is not looked at. */
const SIGNATURE = /^sha256=([0-9a-f]{64})$/;

export const isWellFormedSignature = (header: string): boolean => SIGNATURE.test(header);

/**
 * Whether one of our secrets signed exactly these bytes. Several secrets, so that one can be rotated without a
 * gap. Takes the same time whichever bytes differ, and asks every secret.
 */
export function isSignedBy(secrets: readonly Secret[], body: Uint8Array, header: string): boolean {
  const [, hex] = SIGNATURE.exec(header) ?? [];
  if (hex === undefined) return false;
  const given = Buffer.from(hex, 'hex');
  let signed = false;
  for (const secret of secrets) {
    const expected = createHmac('sha256', secret.reveal()).update(body).digest();
    signed = timingSafeEqual(expected, given) || signed;
  }
  return signed;
}
