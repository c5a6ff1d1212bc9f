/** Finds known values in a line, whatever encoder wrote them there. */
import type { Secret } from '../../contracts/core/secret.ts';
import { decodedViews, withoutMatches, type View } from './views.ts';

export type Interval = readonly [start: number, end: number];
export type Search = (plain: View) => readonly Interval[];

/** A shorter value is no secret, and masking it would eat ordinary words. */
export const SHORTEST = 4;
/** Below this, a word in other letter case or a short run of hexadecimal digits is too likely to be just that. */
const SHORTEST_LOOSE = 8;
/** A line of `xxd` or `od` shows a part of a value; half a line is enough to be taken for it. */
const HEX_PIECE = 16;

/** The interval of the line that a stretch of one of its views stands for. */
export const inLine = ({ starts, ends }: View, [start, end]: Interval): Interval => [
  starts[start] ?? 0,
  ends[end - 1] ?? 0,
];

/** Prepares the search for these values; costs nothing per line when there are none. */
export function createSearch(secrets: readonly Secret[]): Search {
  const values = [
    ...new Set(
      secrets.flatMap((secret) =>
        secret
          .reveal()
          .split(/\r?\n/)
          .map((part) => part.trim()),
      ),
    ),
  ];
  const exact = values.filter((value) => value.length >= SHORTEST).map(latin1);
  const loose = exact.filter((value) => value.length >= SHORTEST_LOOSE).map(lowerCase);
  const hex = loose.length === 0 ? [] : exact.filter((value) => value.length >= SHORTEST_LOOSE).map(toHex);
  const base64 = exact.filter((value) => value.length >= SHORTEST_LOOSE).flatMap(insideBase64);
  if (exact.length === 0) return () => [];

  return (plain) => {
    const found: Interval[] = [];
    const look = (view: View, needles: readonly string[]) => {
      for (const needle of needles) for (const one of occurrences(view.bytes, needle)) found.push(inLine(view, one));
    };
    for (const view of decodedViews(plain)) {
      look(view, exact);
      look({ ...view, bytes: lowerCase(view.bytes) }, loose);
    }
    look(/[-_]/.test(plain.bytes) ? { ...plain, bytes: standardBase64(plain.bytes) } : plain, base64);
    if (MANY_HEX_DIGITS.test(plain.bytes)) {
      look(withoutMatches({ ...plain, bytes: withoutPrefixes(lowerCase(plain.bytes)) }, HEX_SEPARATORS), hex);
      found.push(...hexPieces(plain, hex));
    }
    return found;
  };
}

/** Overlapping ones as well; those that overlap are one. */
export function occurrences(line: string, needle: string): Interval[] {
  const found: Interval[] = [];
  let [from, to] = [0, -1];
  for (let at = line.indexOf(needle); at >= 0; at = line.indexOf(needle, at + 1)) {
    if (at >= to) {
      if (to >= 0) found.push([from, to]);
      from = at;
    }
    to = at + needle.length;
  }
  if (to >= 0) found.push([from, to]);
  return found;
}

/**
 * The base64 digits of a value inside a longer text, such as `user:value`: one form for each alignment of its bytes to
 * the groups of three, without the digits that also depend on the neighbours.
 */
export function insideBase64(value: string): string[] {
  return [0, 1, 2].map((shift) => {
    const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(value, 'latin1')]);
    const digits = Math.floor((bytes.length * 8) / 6);
    return bytes.toString('base64').slice(Math.ceil((shift * 8) / 6), digits);
  });
}

/** Runs of hexadecimal digits, grouped or not, that are a part of a value: a dump breaks values over lines. */
function hexPieces(plain: View, hex: readonly string[]): Interval[] {
  if (hex.length === 0) return [];
  return [...plain.bytes.matchAll(/[0-9a-fA-F]{2,}(?:[ :][0-9a-fA-F]{2,})*/g)].flatMap((match): Interval[] => {
    const run = lowerCase(match[0]).replaceAll(/[ :]/g, '');
    if (run.length < HEX_PIECE || !hex.some((value) => value.includes(run))) return [];
    return [inLine(plain, [match.index, match.index + match[0].length])];
  });
}

/** Matches as many digits as the shortest searched value has. */
const MANY_HEX_DIGITS = /(?:(?:0x|\\x)?[0-9a-f]{2}[\s:,-]{0,4}){8}/i;

const latin1 = (value: string): string => Buffer.from(value).toString('latin1');
const toHex = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('hex');
/** ASCII letters only: bytes of other characters stay what they are. */
const lowerCase = (bytes: string): string => bytes.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
const standardBase64 = (bytes: string): string => bytes.replaceAll('-', '+').replaceAll('_', '/');
/** `0x70, 0x61` and `\\x70\\x61`: the prefix becomes as many separators. */
const withoutPrefixes = (bytes: string): string => bytes.replaceAll(/(?:0x|\\x)(?=[0-9a-f]{2})/g, '  ');
/** Separators are left out, so `70:61 73` is `706173`; any other text between digits stays. */
const HEX_SEPARATORS = /[\s:,-]+/g;
