/**
 * JSON from strangers. `JSON.parse` cannot be interrupted, and needs minutes and gigabytes for 25 MiB of brackets: the shape
 * of a text is therefore measured in one cheap pass before it is parsed.
 */
import { parseLossless } from './lossless-json.ts';

/** The answers of GitHub and registries are less than twenty deep. */
const MAX_DEPTH = 128;
/** The 25 MiB that GitHub delivers at most hold fewer values than that. */
const MAX_VALUES = 1_000_000;
/** Digits of a number: parsing them takes time that grows with their square. */
const MAX_DIGITS = 400;

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_LIST, CLOSE_LIST, OPEN_MAP, CLOSE_MAP] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Well-formed or not, it is not parsed. */
export class JsonTooComplex extends Error {}

/**
 * Parses what strangers wrote, in time that is linear in its length: integers that a number cannot hold become bigints.
 *
 * @param maxValues - a million by default; checking a value against a schema costs more than parsing it
 * @throws {JsonTooComplex} when it is nested deeper than 128, or holds more values or a number of more than 400 digits
 * @throws SyntaxError as `JSON.parse` does
 */
export function parseForeignJson(bytes: Uint8Array, maxValues = MAX_VALUES): unknown {
  refuseComplex(bytes, maxValues);
  return parseLossless(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes));
}

function refuseComplex(bytes: Uint8Array, maxValues: number): void {
  let depth = 0;
  let values = 0;
  let digits = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] as number;
    if (byte >= 0x30 && byte <= 0x39) {
      digits += 1;
      if (digits > MAX_DIGITS) throw new JsonTooComplex(`It holds a number of more than ${MAX_DIGITS} digits.`);
      continue;
    }
    digits = 0;
    if (byte === QUOTE) at = endOfText(bytes, at);
    else if (byte === COMMA || byte === COLON) values += 1;
    else if (byte === OPEN_LIST || byte === OPEN_MAP) {
      depth += 1;
      values += 1;
    } else if (byte === CLOSE_LIST || byte === CLOSE_MAP) depth -= 1;
    if (depth > MAX_DEPTH) throw new JsonTooComplex(`It is nested deeper than ${MAX_DEPTH} levels.`);
    if (values > maxValues) throw new JsonTooComplex(`It holds more than ${maxValues} values.`);
  }
}

/** The end of the text that begins there with a quote. */
function endOfText(bytes: Uint8Array, from: number): number {
  for (let at = from + 1; at < bytes.length; at += 1) {
    if (bytes[at] === QUOTE) return at;
    if (bytes[at] === BACKSLASH) at += 1;
  }
  return bytes.length;
}
