/** A signed body: its length, type and signature are looked at before a byte of it is read. */
import type { Context } from 'hono';
import type { Secret } from '../../contracts/core/secret.ts';
import { createByteBudget, type ByteBudget } from './byte-budget.ts';
import type { ApiEnv } from '../deps.ts';
import { HttpProblem } from './problem.ts';
import { inFile, inMemory, type ReceivedBody } from './received-body.ts';
import { createVerifier } from './signature.ts';

/** GitHub delivers nothing larger (docs, "Webhook events and payloads"). */
export const MAX_SIGNED_BYTES = 25 * 1024 * 1024;
/** A larger body is kept in a file, and parsed beside the main thread. Most deliveries are smaller. */
const LARGE_BYTES = 64 * 1024;
/** All small bodies of all callers that are not verified yet. */
const MEMORY = createByteBudget(8 * 1024 * 1024);
/** All large ones: one of the largest fits, with some others beside it. */
const FILES = createByteBudget(MAX_SIGNED_BYTES + 7 * 1024 * 1024);

interface SignedBodyOptions {
  readonly maxBytes: number;
  /** The folder of large bodies until they are read. Without it all are kept in memory: `maxBytes` is small then. */
  readonly spoolDir?: string;
  /** Signed in front of the body. */
  readonly prefix?: string;
  readonly secrets: readonly Secret[];
  /** Advice for the senders of wrong requests, each a sentence. */
  readonly advice: {
    readonly size: string;
    readonly type: string;
    readonly unsigned: string;
    readonly wrong: string;
  };
}

export interface SignedBody {
  /** Exactly as it was sent; given back when its use has ended. */
  readonly body: ReceivedBody;
  /** The first of the secrets that signed it, by its place in the list. */
  readonly signer: number;
}

/**
 * Receives a body that one of our secrets has signed, and lets it be used. The signature is computed while the bytes
 * arrive, and bodies that are not verified yet share one budget of memory and one of disk.
 *
 * @throws {HttpProblem} 411, 413, 415, 401 in that order of checks; 503 when others send too much at the same time, or
 * the body cannot be kept; whatever `use` throws
 */
export async function withSignedBody<Result>(
  c: Context<ApiEnv>,
  options: SignedBodyOptions,
  use: (signed: SignedBody) => Promise<Result>,
): Promise<Result> {
  const { maxBytes, spoolDir, prefix = '', secrets, advice } = options;
  const length = declaredLength(c, maxBytes, advice.size);
  const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') throw new HttpProblem(415, 'UnsupportedMediaType', advice.type);
  const verifier = createVerifier(secrets, c.req.header('x-hub-signature-256') ?? '');
  if (!verifier) {
    throw new HttpProblem(401, 'Unsigned', `X-Hub-Signature-256 is missing or malformed. ${advice.unsigned}`);
  }
  verifier.update(prefix);
  const large = spoolDir !== undefined && length > LARGE_BYTES;
  const body = large ? await inFile(spoolDir, length).catch(cannotKeep) : inMemory(length);
  try {
    await receive(c, body, { budget: large ? FILES : MEMORY, each: (chunk) => verifier.update(chunk) });
    const [signer] = verifier.signedBy();
    if (signer === undefined) {
      throw new HttpProblem(401, 'WrongSignature', `The signature does not match. ${advice.wrong}`);
    }
    return await use({ body, signer });
  } finally {
    await body.free();
  }
}

/** Node's parser never hands over more than a request announces, so this bounds what is read. */
function declaredLength(c: Context<ApiEnv>, maxBytes: number, advice: string): number {
  const length = c.req.header('content-length');
  if (length === undefined)
    throw new HttpProblem(411, 'LengthRequired', 'Send a Content-Length; chunked bodies are not taken.');
  if (!/^\d{1,15}$/.test(length) || Number(length) > maxBytes) {
    throw new HttpProblem(413, 'TooLarge', `At most ${maxBytes} bytes are taken${advice}.`);
  }
  return Number(length);
}

async function receive(
  c: Context<ApiEnv>,
  body: ReceivedBody,
  { budget, each }: { readonly budget: ByteBudget; readonly each: (chunk: Uint8Array) => void },
): Promise<void> {
  const chunks = bodyOf(c);
  const evicted = new AbortController();
  let giveWay = (): void => undefined;
  const share = budget.open(() => {
    void body.free();
    evicted.abort();
    giveWay();
  });
  // Not a race with one promise for all chunks: that would keep something of each until the body has ended.
  const nextChunk = () =>
    new Promise<IteratorResult<Uint8Array> | 'evicted'>((resolve, reject) => {
      giveWay = () => resolve('evicted');
      if (evicted.signal.aborted) giveWay();
      else chunks.next().then(resolve, reject);
    });
  try {
    for (;;) {
      const next = await nextChunk();
      if (next === 'evicted') throw tooMuch();
      if (next.done) return;
      share.take(next.value.length);
      each(next.value);
      const fits = await body.append(next.value).catch(() => (evicted.signal.aborted ? true : cannotKeep()));
      if (!fits) throw wrongLength();
    }
  } catch (error) {
    throw error instanceof HttpProblem ? error : endedEarly();
  } finally {
    share.close();
  }
}

/** Node's own stream, where there is one: a web stream around it would copy every chunk. */
function bodyOf(c: Context<ApiEnv>): AsyncIterator<Uint8Array> {
  const { incoming } = c.env;
  // Ending the iteration must not close the connection before it is answered.
  if (incoming && 'iterator' in incoming) return incoming.iterator({ destroyOnReturn: false });
  return (c.req.raw.body ?? new Blob([]).stream()).values({ preventCancel: true });
}

/** Bytes that are still on their way would be read and thrown away otherwise. */
const CLOSE = { connection: 'close' };

/** Node's parser does not let it come to that. */
const wrongLength = () =>
  new HttpProblem(401, 'WrongSignature', 'The body is longer than its Content-Length says.', CLOSE);

const endedEarly = () => new HttpProblem(400, 'BadRequest', 'The connection ended before the body did.', CLOSE);

const tooMuch = () =>
  new HttpProblem(
    503,
    'Busy',
    'Too many bytes arrive at once whose signature could not be checked yet. Send it again.',
    { ...CLOSE, 'retry-after': '5' },
  );

function cannotKeep(): never {
  throw new HttpProblem(
    503,
    'CannotKeep',
    "The body could not be kept in Landfall's data folder: is its disk full? Send it again.",
    { ...CLOSE, 'retry-after': '5' },
  );
}
