/**
 * Access tokens. Written by hand, not `hono/bearer-auth`, for three reasons. That compares with tokens in the clear, and
 * our configuration holds hashes only. It does not say which token it was. And a session may stand in for a token on the
 * same routes (authorize.ts).
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { AccessToken } from '../deps.ts';

/**
 * The configured token that this is. Hashes are compared in constant time and all of them are looked at.
 *
 * @returns `undefined` for one that is not configured
 */
export function findToken(tokens: readonly AccessToken[], presented: string): AccessToken | undefined {
  const hash = createHash('sha256').update(presented).digest();
  let found: AccessToken | undefined;
  for (const token of tokens) {
    const known = Buffer.from(token.sha256, 'hex');
    if (known.length === hash.length && timingSafeEqual(known, hash)) found = token;
  }
  return found;
}

/** The token of an `Authorization: Bearer …` header (RFC 6750), or `undefined`. */
export function bearer(header: string | undefined): string | undefined {
  return /^Bearer ([A-Za-z0-9._~+/-]{1,512}=*)$/i.exec(header ?? '')?.[1];
}
