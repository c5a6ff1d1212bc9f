/**
 * A line as a reader of its encoding would see it. Programs print values through the encoders of their languages: JSON in
 * several spellings, URLs, HTML, shell quoting, quoted-printable; terminals colour them. A value is searched in each view.
 *
 * Views hold UTF-8 bytes (as latin1 text), because `%C3%A9` and `\xC3\xA9` are bytes, and know where each byte came from.
 */

export interface View {
  /** One character for each byte. */
  readonly bytes: string;
  /** The begin and end of each byte in the line. */
  readonly starts: ArrayLike<number>;
  readonly ends: ArrayLike<number>;
}

/** One kind of escape: what it looks like, and what a match stands for; `undefined`: only itself. Never longer than the match. */
interface Decoder {
  readonly expression: RegExp;
  meaning(match: RegExpExecArray): string | undefined;
}

/** ECMA-48 control sequences and strings (OSC, DCS), other escapes, and control characters that no line needs. */
const ESC = String.raw`\x1b`;
const TERMINAL = new RegExp(
  [
    String.raw`${ESC}\[[0-?]{0,64}[ -/]{0,8}[@-~]`,
    String.raw`${ESC}[\]PX^_][^\x07\x1b]{0,4096}(?:\x07|${ESC}\\)?`,
    String.raw`${ESC}[ -/]{0,8}[0-~]`,
    String.raw`[\x00-\x08\x0b-\x1f\x7f]`,
  ].join('|'),
  'g',
);

const CONTROL = new RegExp(String.raw`[\x00-\x08\x0b-\x1f\x7f]`);

const utf8 = (codePoint: number): string => Buffer.from(String.fromCodePoint(codePoint)).toString('latin1');
const byte = (digits: string, base: number): string => String.fromCharCode(Number.parseInt(digits, base) & 0xff);

const decoder = (expression: RegExp, meaning: Decoder['meaning']): Decoder => ({ expression, meaning });

const codePoint = (digits: string, base: number): string | undefined => {
  const value = Number.parseInt(digits, base);
  return value <= 0x10_ff_ff ? utf8(value) : undefined;
};

const NAMED: Readonly<Record<string, string>> = {
  ...{ a: '\x07', b: '\b', e: '\x1b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' },
};

/** JSON, JavaScript, Go, Python, C, Ruby, and a shell's `printf %q`. */
const backslash = decoder(
  /\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|\\u([0-9a-fA-F]{4})|\\u\{([0-9a-fA-F]{1,6})\}|\\U([0-9a-fA-F]{8})|\\x([0-9a-fA-F]{2})|\\([0-7]{1,3})|\\([^])/g,
  ([, high, low, four, braced, eight, hex, octal, one]) => {
    if (high !== undefined && low !== undefined) {
      return utf8(((Number.parseInt(high, 16) & 0x3ff) << 10) + (Number.parseInt(low, 16) & 0x3ff) + 0x1_00_00);
    }
    const digits = four ?? braced ?? eight;
    if (digits !== undefined) return codePoint(digits, 16);
    if (hex !== undefined) return byte(hex, 16);
    if (octal !== undefined) return byte(octal, 8);
    return one === undefined ? undefined : (NAMED[one] ?? one);
  },
);

const percent = decoder(/%([0-9a-fA-F]{2})/g, ([, hex = '']) => byte(hex, 16));
/** The encoding of forms (application/x-www-form-urlencoded). */
const form = decoder(/%([0-9a-fA-F]{2})|\+/g, ([, hex]) => (hex === undefined ? ' ' : byte(hex, 16)));
const quotedPrintable = decoder(/=([0-9A-Fa-f]{2})/g, ([, hex = '']) => byte(hex, 16));
/** A shell leaves its single quotes for one. */
const shellQuote = decoder(/'\\''/g, () => "'");
/** CSV and SQL write their quote twice. */
const twice = (quote: string): Decoder => decoder(new RegExp(quote + quote, 'g'), () => quote);

const ENTITIES: Readonly<Record<string, string>> = {
  ...{ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: utf8(0xa0), sol: '/', plus: '+', equals: '=' },
};
const entity = decoder(/&(?:#([0-9]{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-zA-Z]{2,8}));/g, ([, decimal, hex, name = '']) =>
  decimal !== undefined
    ? codePoint(decimal, 10)
    : hex !== undefined
      ? codePoint(hex, 16)
      : ENTITIES[name.toLowerCase()],
);

const DECODERS: readonly (readonly [mark: string, decode: Decoder])[] = [
  ['\\', backslash],
  ["'\\''", shellQuote],
  ['%', percent],
  // Without a plus it is the same as percent.
  ['+', form],
  ['&', entity],
  ['=', quotedPrintable],
  ['""', twice('"')],
  ["''", twice("'")],
];
/** JSON in JSON in a URL: deeper nestings do not happen by accident. */
const MOST_VIEWS = 16;

/** The line without what only a terminal sees, as UTF-8. */
export function plainView(line: string): View {
  const identity = fromText(line);
  if (!CONTROL.test(line)) return identity;
  return (
    decodeView(
      identity,
      decoder(TERMINAL, () => ''),
    ) ?? identity
  );
}

/** The view itself, and what its encodings stand for, also within each other. Bounded. */
export function decodedViews(plain: View): readonly View[] {
  const views = [plain];
  for (let index = 0; index < views.length && views.length < MOST_VIEWS; index += 1) {
    const view = views[index] as View;
    for (const [mark, decode] of DECODERS) {
      if (views.length === MOST_VIEWS) break;
      const decoded = view.bytes.includes(mark) ? decodeView(view, decode) : undefined;
      if (decoded && !views.some(({ bytes }) => bytes === decoded.bytes)) {
        views.push(decoded);
      }
    }
  }
  return views;
}

/** Removes all matches of the expression (a global one). */
export const withoutMatches = (view: View, expression: RegExp): View =>
  decodeView(view, { expression, meaning: () => '' }) ?? view;

function fromText(line: string): View {
  const bytes = Buffer.from(line).toString('latin1');
  if (bytes.length === line.length) return { bytes, ...ownPlaces(bytes.length) };
  const starts: number[] = [];
  const ends: number[] = [];
  let at = 0;
  for (const character of line) {
    const length = Buffer.byteLength(character);
    for (let each = 0; each < length; each += 1) {
      starts.push(at);
      ends.push(at + character.length);
    }
    at += character.length;
  }
  return { bytes, starts, ends };
}

let places: Pick<View, 'starts' | 'ends'> = { starts: [], ends: [] };

/** Each byte is where it is: shared by all lines of ASCII, which nearly all are. */
function ownPlaces(length: number): Pick<View, 'starts' | 'ends'> {
  if (places.starts.length < length) {
    const starts = Array.from({ length: length * 2 }, (_, at) => at);
    places = { starts, ends: starts.map((at) => at + 1) };
  }
  return places;
}

/** From match to match, since most of a line stands for itself. @returns `undefined` when nothing in it was encoded so */
function decodeView({ bytes, starts, ends }: View, { expression, meaning }: Decoder): View | undefined {
  const from = new Int32Array(bytes.length);
  const to = new Int32Array(bytes.length);
  let decoded = '';
  let length = 0;
  let at = 0;
  let changed = false;
  const copyUntil = (end: number) => {
    decoded += bytes.slice(at, end);
    for (; at < end; at += 1, length += 1) {
      from[length] = starts[at] as number;
      to[length] = ends[at] as number;
    }
  };
  expression.lastIndex = 0;
  for (let match = expression.exec(bytes); match; match = expression.exec(bytes)) {
    const means = meaning(match);
    if (means === undefined) {
      expression.lastIndex = match.index + 1;
      continue;
    }
    changed = true;
    copyUntil(match.index);
    decoded += means;
    const end = at + match[0].length;
    from.fill(starts[at] as number, length, length + means.length);
    to.fill(ends[end - 1] as number, length, length + means.length);
    length += means.length;
    at = end;
  }
  if (!changed) return undefined;
  copyUntil(bytes.length);
  return { bytes: decoded, starts: from.subarray(0, length), ends: to.subarray(0, length) };
}
