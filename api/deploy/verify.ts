import type { Context } from 'hono';
import { DeployRequest } from '../../contracts/http/deploy.ts';
import { parseForeignJson } from '../../contracts/core/foreign-json.ts';
import { NONCE } from '../../contracts/core/names.ts';
import { schemaSentence } from '../../contracts/core/schema-problems.ts';
import type { ApiDeps, ApiEnv } from '../deps.ts';
import { HttpProblem } from '../http/problem.ts';
import { withSignedBody } from '../http/signed-body.ts';
import { createHash } from 'node:crypto';

/** A request is a few hundred bytes. */
const MAX_BYTES = 64 * 1024;
/** The most that the caller's clock may be from ours. */
const MAX_AGE_MS = 5 * 60_000;

const ADVICE = {
  size: '',
  type: 'Send Content-Type: application/json.',
  unsigned: 'Send sha256= and the HMAC-SHA256 of the body with your deploy secret, in lower-case hexadecimal.',
  wrong:
    'Compare the deploy secret with ours, and sign exactly the bytes that are sent (with a nonce: "{timestamp}.{nonce}." in front of them).',
};

/** A request whose sender we know. */
export interface VerifiedRequest {
  /** The name of the secret that signed it. */
  readonly sender: string;
  readonly asked: DeployRequest;
  /** The fingerprint of the exact bytes: the same request is the same fingerprint. */
  readonly fingerprint: string;
  /** `undefined`: a plain signature, which anybody who has seen it can send again. */
  readonly nonce: string | undefined;
  /**
   * Signed too long ago (or ahead of time) to begin anything; its sender may still read the status of what was begun
   * then.
   */
  readonly stale: boolean;
}

type VerifyDeps = Pick<ApiDeps, 'deploySecrets' | 'deployPlain'>;

/**
 * Signature over the raw bytes, then parse, then schema. Timestamp and nonce are either headers, which are then signed
 * in front of the body (`{timestamp}.{nonce}.{body}`), or fields of the body.
 *
 * @throws {HttpProblem} 404 when `POST /deploy` is off; 411, 413, 415, 401, 400, 422 in that order of checks
 */
export async function verifyRequest(c: Context<ApiEnv>, deps: VerifyDeps): Promise<VerifiedRequest> {
  if (deps.deploySecrets.length === 0) {
    throw new HttpProblem(
      404,
      'DeployIsOff',
      'POST /deploy is off: set LANDFALL_DEPLOY_SECRETS_FILE to a file with one NAME:SECRET a line.',
    );
  }
  const header = freshnessOf(c);
  const signed = {
    maxBytes: MAX_BYTES,
    secrets: deps.deploySecrets.map(({ secret }) => secret),
    ...(header && { prefix: `${header.timestamp}.${header.nonce}.` }),
    advice: ADVICE,
  };
  const { bytes, signer } = await withSignedBody(c, signed, async (received) => ({
    bytes: await received.body.read(),
    signer: received.signer,
  }));
  const sender = deps.deploySecrets[signer]?.name ?? '';

  const parsed = DeployRequest.safeParse(parseJson(bytes));
  if (!parsed.success) {
    throw new HttpProblem(422, 'InvalidRequest', `The body is not as expected. ${schemaSentence(parsed.error)}`);
  }
  const asked = parsed.data;
  const { timestamp, nonce } = header ?? asked;
  if (nonce === undefined && !deps.deployPlain) {
    throw new HttpProblem(
      401,
      'Replayable',
      'This signature could be sent again by anybody who sees it. Add X-Landfall-Timestamp and X-Landfall-Nonce and sign "{timestamp}.{nonce}.{body}", or let plain signatures in with LANDFALL_DEPLOY_PLAIN=true.',
    );
  }
  return {
    sender,
    asked,
    fingerprint: createHash('sha256').update(bytes).digest('hex'),
    nonce,
    stale: timestamp !== undefined && Math.abs(Date.now() - Number(timestamp) * 1_000) > MAX_AGE_MS,
  };
}

/** @throws {HttpProblem} 400 for one without the other, or what is neither */
function freshnessOf(c: Context<ApiEnv>): { readonly timestamp: string; readonly nonce: string } | undefined {
  const timestamp = c.req.header('x-landfall-timestamp');
  const nonce = c.req.header('x-landfall-nonce');
  if (timestamp === undefined && nonce === undefined) return undefined;
  if (timestamp === undefined || nonce === undefined || !/^\d{1,12}$/.test(timestamp) || !NONCE.test(nonce)) {
    throw new HttpProblem(
      400,
      'BadRequest',
      'Send both X-Landfall-Timestamp (seconds since the epoch) and X-Landfall-Nonce (8 to 64 letters, digits, "_" and "-"), or neither.',
    );
  }
  return { timestamp, nonce };
}

/** @throws {HttpProblem} 400 */
function parseJson(bytes: Buffer): unknown {
  try {
    return parseForeignJson(bytes);
  } catch {
    throw new HttpProblem(400, 'BadRequest', 'The body is signed, but it is no JSON that is read here.');
  }
}
