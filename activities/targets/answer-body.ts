/** The body of an answer to a health check: strangers' bytes, of which a bounded part is read. */
import type { Readable } from 'node:stream';
import type { Secret } from '../../contracts/core/secret.ts';
import { firstPart } from '../../contracts/core/text.ts';
import { mask } from '../logs/masker.ts';

/** A health answer is short; what follows is not looked at. */
const MOST_BYTES = 64 * 1024;
/** People see {@link MOST_SHOWN} of it. The bytes beyond allow a secret that begins there to be recognised. */
const BYTES_FOR_MESSAGE = 4 * 1024;
const MOST_SHOWN = 200;

export interface AnswerBody {
  /** Its first bytes. */
  readonly bytes: Buffer;
  /** `limit`: it went on after them. `time`: so much had come when the time was up. */
  readonly ended: 'whole' | 'limit' | 'time';
}

/** Enough for a message. */
export const readSome = (body: Readable, signal: AbortSignal): Promise<AnswerBody> =>
  read(body, { most: BYTES_FOR_MESSAGE, isEnough: () => false, signal });

/** Reads until the body holds the text. @returns the read part when it does not, `null` when it does */
export async function readUntil(body: Readable, expected: string, signal: AbortSignal): Promise<AnswerBody | null> {
  const wanted = Buffer.from(expected);
  // Bytes are searched once, except for a text that lies across the border of two reads.
  const isEnough = (bytes: Buffer, before: number) => bytes.includes(wanted, Math.max(0, before - wanted.length));
  const answer = await read(body, { most: MOST_BYTES, isEnough, signal });
  return answer.bytes.includes(wanted) ? null : answer;
}

interface Reading {
  readonly most: number;
  readonly isEnough: (bytes: Buffer, before: number) => boolean;
  readonly signal: AbortSignal;
}

/** Never throws: an answer that breaks off has ended. The body is destroyed. */
async function read(body: Readable, { most, isEnough, signal }: Reading): Promise<AnswerBody> {
  const into = Buffer.alloc(most);
  let length = 0;
  let ended: AnswerBody['ended'] = 'whole';
  const stop = () => void body.destroy();
  signal.addEventListener('abort', stop);
  try {
    if (signal.aborted) stop();
    for await (const chunk of body as AsyncIterable<Buffer>) {
      const before = length;
      length += chunk.copy(into, length);
      if (isEnough(into.subarray(0, length), before)) break;
      if (length < most) continue;
      ended = 'limit';
      break;
    }
  } catch {
    if (signal.aborted) ended = 'time';
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
  return { bytes: into.subarray(0, length), ended: signal.aborted && ended === 'whole' ? 'time' : ended };
}

/** Its beginning in quotation marks, as one line of plain text without anything that must not be seen. */
export function quoted({ bytes }: AnswerBody, secrets: readonly Secret[]): string | undefined {
  const text = mask(bytes.subarray(0, BYTES_FOR_MESSAGE).toString('utf8'), secrets)
    // Control characters, what changes the direction of writing, and what was no UTF-8.
    .replace(/[\p{C}\p{Z}\uFFFD]+/gu, ' ')
    .trim();
  if (text === '') return undefined;
  return `"${firstPart(text, MOST_SHOWN)}${text.length > MOST_SHOWN ? '…' : ''}"`;
}
