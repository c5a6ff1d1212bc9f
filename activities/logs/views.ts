/**
 * A line as a reader of its encoding would see it. Programs print values through the encoders of their languages: JSON in
 * several spellings, URLs, HTML, shell quoting, quoted-printable; terminals colour them. A value is searched in each view.
 *
 * Views hold UTF-8 bytes (as latin1 text), because `%C3%A9` and `\xC3\xA9` are bytes, and know where each byte came from.
 */

export interface View {
  /** One character for each byte. */
  readonly bytes: string;
  /** Where each byte begins and ends in the line. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** Decoded bytes for a stretch of a view, and how long that stretch is; `undefined`: the byte stands for itself. */
type Decode = (bytes: string, at: number) => { readonly bytes: string; readonly length: number } | undefined;

/** ECMA-48 control sequences and strings (OSC, DCS), other escapes, and control characters that no line needs. */
const ESC = String.raw`\x1b`;
const TERMINAL = new RegExp(
  [
    String.raw`${ESC}\[[0-?]{0,64}[ -/]{0,8}[@-~]`,
    String.raw`${ESC}[\]PX^_][^\x07\x1b]{0,4096}(?:\x07|${ESC}\\)?`,
    String.raw`${ESC}[ -/]{0,8}[0-~]`,
    String.raw`[\x00-\x08\x0b-\x1f\x7f]`,
  ].join('|'),
  'y',
);

const CONTROL = new RegExp(String.raw`[\x00-\x08\x0b-\x1f\x7f]`);

const utf8 = (codePoint: number): string => Buffer.from(String.fromCodePoint(codePoint)).toString('latin1');
const byte = (digits: string, base: number): string => String.fromCharCode(Number.parseInt(digits, base) & 0xff);

/** The decoder of one kind of escape: a sticky expression, and what its match stands for. */
const decoder =
  (expression: RegExp, meaning: (match: RegExpExecArray) => string | undefined): Decode =>
  (bytes, at) => {
    expression.lastIndex = at;
    const match = expression.exec(bytes);
    const decoded = match && meaning(match);
    return decoded === null || decoded === undefined ? undefined : { bytes: decoded, length: match?.[0].length ?? 1 };
  };

const codePoint = (digits: string, base: number): string | undefined => {
  const value = Number.parseInt(digits, base);
  return value <= 0x10_ff_ff ? utf8(value) : undefined;
};

const NAMED: Readonly<Record<string, string>> = {
  ...{ a: '\x07', b: '\b', e: '\x1b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' },
};

/** JSON, JavaScript, Go, Python, C, Ruby, and a shell's `printf %q`. */
const backslash = decoder(
  /\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|\\u([0-9a-fA-F]{4})|\\u\{([0-9a-fA-F]{1,6})\}|\\U([0-9a-fA-F]{8})|\\x([0-9a-fA-F]{2})|\\([0-7]{1,3})|\\([^])/y,
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

const percent = decoder(/%([0-9a-fA-F]{2})/y, ([, hex = '']) => byte(hex, 16));
/** Of forms (application/x-www-form-urlencoded). */
const form = decoder(/%([0-9a-fA-F]{2})|\+/y, ([, hex]) => (hex === undefined ? ' ' : byte(hex, 16)));
const quotedPrintable = decoder(/=([0-9A-Fa-f]{2})/y, ([, hex = '']) => byte(hex, 16));
/** A shell leaves its single quotes for one. */
const shellQuote = decoder(/'\\''/y, () => "'");
/** CSV and SQL write their quote twice. */
const twice = (quote: string): Decode => decoder(new RegExp(quote + quote, 'y'), () => quote);

const ENTITIES: Readonly<Record<string, string>> = {
  ...{ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: utf8(0xa0), sol: '/', plus: '+', equals: '=' },
};
const entity = decoder(/&(?:#([0-9]{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-zA-Z]{2,8}));/y, ([, decimal, hex, name = '']) =>
  decimal !== undefined
    ? codePoint(decimal, 10)
    : hex !== undefined
      ? codePoint(hex, 16)
      : ENTITIES[name.toLowerCase()],
);

const DECODERS: readonly (readonly [mark: string, decode: Decode])[] = [
  ['\\', backslash],
  ["'\\''", shellQuote],
  ['%', percent],
  ['%', form],
  ['+', form],
  ['&', entity],
  ['=', quotedPrintable],
  ['""', twice('"')],
  ["''", twice("'")],
];
/** JSON in JSON in a URL: deeper nestings are nobody's accident. */
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
      const decoded = view.bytes.includes(mark) ? decodeView(view, decode) : undefined;
      if (decoded && views.length < MOST_VIEWS && !views.some(({ bytes }) => bytes === decoded.bytes)) {
        views.push(decoded);
      }
    }
  }
  return views;
}

/** Only the bytes for which `keep` returns something, in its place. */
export function mapView({ bytes, starts, ends }: View, keep: (byte: string) => string): View {
  let kept = '';
  const at: number[] = [];
  for (const [index, one] of Array.from(bytes).entries()) {
    const shown = keep(one);
    if (shown === '') continue;
    kept += shown;
    at.push(index);
  }
  return { bytes: kept, starts: at.map((index) => starts[index] ?? 0), ends: at.map((index) => ends[index] ?? 0) };
}

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

/** `undefined` when nothing in it was encoded so. */
function decodeView({ bytes, starts, ends }: View, decode: Decode): View | undefined {
  const parts: string[] = [];
  const from: number[] = [];
  const to: number[] = [];
  let changed = false;
  for (let at = 0; at < bytes.length;) {
    const found = decode(bytes, at);
    const decoded = found?.bytes ?? bytes.charAt(at);
    const length = found?.length ?? 1;
    changed ||= found !== undefined;
    parts.push(decoded);
    for (let each = 0; each < decoded.length; each += 1) {
      from.push(starts[at] ?? 0);
      to.push(ends[at + length - 1] ?? 0);
    }
    at += length;
  }
  return changed ? { bytes: parts.join(''), starts: from, ends: to } : undefined;
}
