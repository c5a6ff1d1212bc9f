import { Buffer } from 'node:buffer';
import { parseForeignJson } from '../../contracts/core/foreign-json.ts';

/** One request's limit. */
export const REQUEST_MS = 30_000;
/** Distribution's own limit for a manifest is 4 MiB. */
const MAX_BYTES = 4 * 1024 * 1024;

/** A registry's whole answer. @throws Error when it does not end */
export async function readAnswer(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MAX_BYTES) throw new Error(`the answer is larger than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The largest indexes and configurations hold some two thousand. */
const MAX_VALUES = 10_000;

/** Parses a registry's answer; `undefined` when it is no JSON, or larger than a registry's answers are. */
export function parseAnswer(body: Uint8Array): unknown {
  try {
    return parseForeignJson(body, MAX_VALUES);
  } catch {
    return undefined;
  }
}
