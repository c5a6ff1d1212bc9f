/**
 * Takes secrets out of text that strangers' programs print: known values, and all texts in the shape of a credential.
 *
 * It works on whole lines, so how the text was cut into chunks cannot matter. A value that was itself broken over lines
 * is recognised by the piece at the end or the start of a line.
 */
import type { Secret } from '../../contracts/core/secret.ts';
import { firstPart } from '../../contracts/core/text.ts';
import { createSearch, inLine, insideBase64, occurrences, SHORTEST, type Interval, type Search } from './search.ts';
import { TOKEN_SHAPES } from './token-shapes.ts';
import { plainView } from './views.ts';

const MASK = '***';
/** The length of a broken value's piece at a line's end or start from which it is recognised. */
const PIECE = 8;
/** `\\u0026` for one character: so much longer may an encoded value be. */
const LONGEST_ESCAPE = 7;
/** A longer line is cut and its end dropped: no person reads it, and it must not fill memory. */
export const LONGEST_LINE = 16 * 1024;
const CUT_NOTE = ' … [line cut]';
/** A private key has fewer lines. One that never ends must not swallow the rest of the log. */
const LONGEST_KEY_LINES = 200;
const KEY_BEGINS = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----/;
const KEY_ENDS = /-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----/;

export interface Masker {
  /** @returns the lines that this piece of text completed, masked, without their line ends */
  write(text: string): string[];
  /** @returns the last line when the text did not end with a line end */
  end(): string[];
}

/**
 * @param secrets - values that must not be seen: in themselves, in base64 (also inside of more) or hexadecimal, in any letter
 * case, and as the encoders of common languages write them (views.ts)
 */
export function createMasker(secrets: readonly Secret[] = []): Masker {
  const needles = needlesOf(secrets);
  const search = createSearch(secrets);
  const longest = Math.max(0, ...needles.map((needle) => needle.length));
  // Kept beyond what is shown, so that what begins before the cut is recognised as a whole.
  const keep = LONGEST_LINE + Math.max(longest * LONGEST_ESCAPE, 512);
  const keys = createKeyFilter();
  let line = '';

  const finish = (): string => {
    const shown = keys(line) ? MASK : cut(maskLine(line, needles, search));
    line = '';
    return shown;
  };
  return {
    write(text) {
      const pieces = text.split('\n');
      return pieces.flatMap((piece, index) => {
        line = firstPart(line + piece, keep);
        return index < pieces.length - 1 ? [finish()] : [];
      });
    },
    end: () => (line === '' ? [] : [finish()]),
  };
}

/** Masks one whole text, such as an error message. */
export function mask(text: string, secrets: readonly Secret[] = []): string {
  const masker = createMasker(secrets);
  return [...masker.write(text), ...masker.end()].join('\n');
}

function maskLine(text: string, needles: readonly string[], search: Search): { text: string; intervals: Interval[] } {
  const line = text.endsWith('\r') ? text.slice(0, -1) : text;
  const plain = plainView(line);
  const found = [
    ...needles.flatMap((needle) => [...occurrences(line, needle), ...pieces(line, needle)]),
    ...TOKEN_SHAPES.flatMap((shape) => shapes(plain.bytes, shape).map((interval) => inLine(plain, interval))),
    ...search(plain),
  ];
  return { text: line, intervals: merge(found) };
}

/** Replaces what was found, and ends the line where it gets too long. */
function cut({ text, intervals }: { text: string; intervals: Interval[] }): string {
  let shown = '';
  let at = 0;
  for (const [start, end] of intervals) {
    if (start >= LONGEST_LINE) break;
    shown += text.slice(at, start) + MASK;
    at = end;
  }
  const rest = text.slice(at);
  return shown + firstPart(rest, Math.max(0, LONGEST_LINE - at)) + (text.length > LONGEST_LINE ? CUT_NOTE : '');
}

function needlesOf(secrets: readonly Secret[]): string[] {
  const values = secrets.flatMap((secret) => {
    const value = secret.reveal();
    const encoded = [
      Buffer.from(value).toString('base64'),
      ...insideBase64(Buffer.from(value).toString('latin1')),
      encodeURIComponent(value),
      JSON.stringify(value).slice(1, -1),
    ];
    return [value, ...encoded].flatMap((form) => form.split(/\r?\n/).map((part) => part.trim()));
  });
  return [...new Set(values)].filter((value) => value.length >= SHORTEST);
}

/** Parts of this line that begin, end or continue a value broken over lines. */
function pieces(line: string, needle: string): Interval[] {
  const size = Math.min(PIECE, Math.ceil(needle.length / 2));
  const body = line.trim();
  if (body.length < size || needle.length <= size) return [];
  const first = line.indexOf(body);
  const found: Interval[] = needle.includes(body) ? [[first, first + body.length]] : [];
  // Text longer than the value cannot be a piece of it, so only the two ends of the line are searched.
  const last = first + body.length;
  const head = needle.slice(0, size);
  for (let at = line.indexOf(head, Math.max(first, last - needle.length)); at >= 0; at = line.indexOf(head, at + 1)) {
    if (!needle.startsWith(line.slice(at, last))) continue;
    found.push([at, line.length]);
    break;
  }
  const tail = needle.slice(-size);
  const until = Math.min(last, first + needle.length);
  for (
    let at = line.lastIndexOf(tail, until - size);
    at >= 0 && at + size > first;
    at = line.lastIndexOf(tail, at - 1)
  ) {
    const end = at + size;
    if (needle.endsWith(line.slice(0, end).trimStart())) {
      found.push([0, end]);
      break;
    }
    if (at === 0) break;
  }
  return found;
}

function shapes(line: string, shape: RegExp): Interval[] {
  return [...line.matchAll(shape)].map((match): Interval => {
    // With a group, only the group is secret: the rest says what it was.
    const [start, end] = match.indices?.[1] ?? match.indices?.[0] ?? [0, line.length];
    return [start, end];
  });
}

function merge(intervals: readonly Interval[]): Interval[] {
  const merged: Interval[] = [];
  for (const [start, end] of intervals.toSorted((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last && start <= last[1]) merged[merged.length - 1] = [last[0], Math.max(last[1], end)];
    else merged.push([start, end]);
  }
  return merged;
}

/** Tells for each line whether it belongs to a private key in PEM. */
function createKeyFilter(): (line: string) => boolean {
  let left = 0;
  return (line) => {
    const begins = line.search(KEY_BEGINS);
    if (begins >= 0) left = LONGEST_KEY_LINES;
    const inside = left > 0;
    left = KEY_ENDS.test(line.slice(Math.max(begins, 0))) ? 0 : Math.max(0, left - 1);
    return inside;
  };
}
