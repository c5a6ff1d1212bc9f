/** The answers of a certificate authority, in our words. */
import { z } from 'zod';
import { FailureType, failure, failureOf } from '../../contracts/core/failures.ts';

const URN = 'urn:ietf:params:acme:error:';
const MAX_WORDS = 500;

const Document = z.object({
  type: z.string().default(''),
  detail: z.string().default(''),
  subproblems: z.array(z.object({ detail: z.string().default('') })).default([]),
});

/** An authority's no (RFC 8555, section 6.7). */
export class AcmeProblem extends Error {
  /** Without its URN: `rateLimited`. Empty when it gave none. */
  readonly type: string;
  readonly status: number;
  /** It asks to wait this long. */
  readonly retryAfterMs: number | undefined;

  constructor({
    type,
    status,
    words,
    retryAfterMs,
  }: {
    type: string;
    status: number;
    words: string;
    retryAfterMs: number | undefined;
  }) {
    super(words);
    this.type = type;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

interface Answer {
  readonly status: number;
  readonly data: unknown;
  readonly headers: unknown;
}

/** @returns `undefined` for an answer that is no error */
export function acmeProblemOf({ status, data, headers }: Answer): AcmeProblem | undefined {
  if (status < 400) return undefined;
  const said = typeof data === 'string' ? jsonIn(data) : data;
  const { type, detail } = wordsOf(said);
  return new AcmeProblem({
    ...{ type, status, words: detail || `it answered ${String(status)}` },
    retryAfterMs: retryAfterOf(headers),
  });
}

/** The reason of an order, an authorization or a challenge that did not go well (RFC 8555, section 7.1). */
export function wordsOf(error: unknown): { readonly type: string; readonly detail: string } {
  const parsed = Document.safeParse(error);
  if (!parsed.success) return { type: '', detail: '' };
  const { type, detail, subproblems } = parsed.data;
  const all = [detail, ...subproblems.map((one) => one.detail)].filter((one) => one !== '');
  return {
    type: type.startsWith(URN) ? type.slice(URN.length) : type,
    detail: all.join('; ').replaceAll(/\s+/g, ' ').slice(0, MAX_WORDS),
  };
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Seconds, or a date (RFC 9110, section 10.2.3). */
function retryAfterOf(headers: unknown): number | undefined {
  const value =
    typeof headers === 'object' && headers !== null ? (headers as Record<string, unknown>)['retry-after'] : undefined;
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const text = String(value);
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) && ms > 0 ? Math.round(ms) : undefined;
}

/** Passing whatever the authority says of them: it has no time, or was asked in a bad moment. */
const PASSING = new Set(['serverInternal', 'badNonce', 'orderNotReady']);

/**
 * The failure to throw for what a call of the authority threw.
 *
 * @param authority - its name in sentences: the host of its directory
 */
export function acmeFailure(error: unknown, authority: string, name: string): unknown {
  if (failureOf(error) || (error instanceof Error && error.name === 'AbortError')) return error;
  if (!(error instanceof AcmeProblem)) {
    const why = error instanceof Error ? error.message || error.name : String(error);
    return failure(
      FailureType.CertificateAuthorityUnavailable,
      `${authority} did not answer for a certificate of ${name}: ${why.slice(0, MAX_WORDS)}. It is asked again by itself.`,
    );
  }
  const { type, status, message, retryAfterMs } = error;
  const later = retryAfterMs === undefined ? {} : { retryAfterMs };
  if (type === 'rateLimited' || status === 429) {
    return failure(
      FailureType.CertificateRateLimited,
      `${authority} takes no more orders for ${name} now: ${message}. It is asked again when it says so.`,
      later,
    );
  }
  if (status >= 500 || PASSING.has(type)) {
    return failure(
      FailureType.CertificateAuthorityUnavailable,
      `${authority} could not make a certificate of ${name} (${String(status)}): ${message}. It is asked again by itself.`,
      later,
    );
  }
  return refused(authority, name, message, type);
}

/** @param type - the kind of its no, without its URN */
export function refused(authority: string, name: string, words: string, type: string) {
  return failure(
    FailureType.CertificateRefused,
    `${authority} refused a certificate of ${name}: ${words}${ending(words)} ${adviceFor(type)}`,
  );
}

const ending = (words: string): string => (/[.!?]$/.test(words) ? '' : '.');

function adviceFor(type: string): string {
  switch (type) {
    case 'externalAccountRequired':
      return 'Set LANDFALL_ACME_EAB_KEY_ID and LANDFALL_ACME_EAB_KEY_FILE to what it gave you.';
    case 'caa':
      return "Allow it in the name's CAA record, or take the record out.";
    case 'dns':
    case 'connection':
    case 'unauthorized':
    case 'incorrectResponse':
      return 'The name has to lead to this proxy from everywhere, on port 80: look at its DNS records and at firewalls.';
    case 'userActionRequired':
    case 'invalidContact':
    case 'unsupportedContact':
      return 'See LANDFALL_ACME_EMAIL, and the terms of the authority.';
    default:
      return 'It is asked again, ever more rarely; mend the cause and deploy again to have it asked sooner.';
  }
}
