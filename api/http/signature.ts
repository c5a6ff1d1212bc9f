/**
 * Signatures of bodies. Written by hand, not `@octokit/webhooks-methods`: that verifies one whole string at a time, and
 * a body of 25 MB is verified here in segments as it arrives, against several secrets at once.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../../contracts/core/secret.ts';

/** `X-Hub-Signature-256` (GitHub docs, "Validating webhook deliveries"). The older SHA-1 header is not looked at. */
const SIGNATURE = /^sha256=([0-9a-f]{64})$/;

/** Compares a signature with bytes as they arrive, so that they need not be in memory at once. */
export interface Verifier {
  update(bytes: Uint8Array | string): void;
  /** The secrets that signed exactly these bytes, by their place in the list. Call it once, at the end. */
  signedBy(): readonly number[];
}

/**
 * Several secrets, so that one can be rotated without a gap. Takes the same time whichever bytes differ, and asks every
 * secret.
 *
 * @returns `undefined` for a header that is no signature
 */
export function createVerifier(secrets: readonly Secret[], header: string): Verifier | undefined {
  const [, hex] = SIGNATURE.exec(header) ?? [];
  if (hex === undefined) return undefined;
  const given = Buffer.from(hex, 'hex');
  const hmacs = secrets.map((secret) => createHmac('sha256', secret.reveal()));
  return {
    update(bytes) {
      for (const hmac of hmacs) hmac.update(bytes);
    },
    signedBy: () => hmacs.flatMap((hmac, index) => (timingSafeEqual(hmac.digest(), given) ? [index] : [])),
  };
}
