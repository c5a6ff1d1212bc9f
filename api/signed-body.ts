/** A body that somebody signed: its length, type and signature are looked at before a byte of it is read. */
import type { Context } from 'hono';
import type { ApiEnv } from './deps.ts';
import { HttpProblem } from './problem.ts';
import { isWellFormedSignature } from './webhooks/signature.ts';

interface SignedBodyOptions {
  readonly maxBytes: number;
  /** What whoever sends something wrong is told to do, each a sentence. */
  readonly advice: { readonly size: string; readonly type: string; readonly signature: string };
}

/** The exact bytes, and the signature that they came with, which nobody has compared yet. */
export interface SignedBody {
  readonly bytes: Buffer;
  readonly signature: string;
}

/** @throws {HttpProblem} 411, 413, 415, 401 in that order of checks */
export async function readSignedBody(c: Context<ApiEnv>, { maxBytes, advice }: SignedBodyOptions): Promise<SignedBody> {
  // The declared length is all that guards memory: Node's parser never hands over more than it announces.
  const length = c.req.header('content-length');
  if (length === undefined)
    throw new HttpProblem(411, 'LengthRequired', 'Send a Content-Length; chunked bodies are not taken.');
  if (!/^\d{1,15}$/.test(length) || Number(length) > maxBytes) {
    throw new HttpProblem(413, 'TooLarge', `At most ${maxBytes} bytes are taken${advice.size}.`);
  }
  const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') throw new HttpProblem(415, 'UnsupportedMediaType', advice.type);
  const signature = c.req.header('x-hub-signature-256');
  if (signature === undefined || !isWellFormedSignature(signature)) {
    throw new HttpProblem(401, 'Unsigned', `X-Hub-Signature-256 is missing or malformed. ${advice.signature}`);
  }
  return { bytes: Buffer.from(await c.req.arrayBuffer()), signature };
}

/** Call it for bytes whose signature is right. @throws {HttpProblem} 400 */
export function parseSignedBody(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new HttpProblem(400, 'BadRequest', 'The body is signed, but it is not JSON.');
  }
}
