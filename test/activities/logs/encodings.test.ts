/** Values as the encoders of common languages print them: none comes through, however they are nested. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mask } from '../../../activities/logs/masker.ts';
import { Secret } from '../../../contracts/core/secret.ts';

const ESC = String.fromCodePoint(27);
const bytesOf = (text: string): number[] => [...Buffer.from(text)];
const hex2 = (byte: number): string => byte.toString(16).padStart(2, '0');
const json = (text: string): string => JSON.stringify(text).slice(1, -1);
const unicodeEscape = (text: string): string =>
  text.replaceAll(/[^]/g, (unit) =>
    /[\u0020-\u007e]/.test(unit) ? unit : `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

const ENCODERS: Readonly<Record<string, (text: string) => string>> = {
  'plain text': (text) => text,
  'JSON of JavaScript': json,
  'JSON of Go, which escapes <, > and &': (text) =>
    json(text).replaceAll(/[<>&]/g, (one) => `\\u00${hex2(one.charCodeAt(0))}`),
  'JSON of Python, in ASCII': (text) => unicodeEscape(json(text)),
  'JSON of PHP, which escapes slashes': (text) => json(text).replaceAll('/', '\\/'),
  'JSON in JSON': (text) => json(json(text)),
  'JSON of Go in JSON': (text) => json(json(text).replaceAll('&', '\\u0026')),
  'URL encoding': encodeURIComponent,
  'URL encoding in lower case': (text) => encodeURIComponent(text).replaceAll(/%../g, (one) => one.toLowerCase()),
  'a form': (text) => new URLSearchParams({ a: text }).toString().slice(2),
  'every byte URL encoded': (text) =>
    bytesOf(text)
      .map((byte) => `%${hex2(byte)}`)
      .join(''),
  HTML: (text) =>
    text.replaceAll(/[&<>"']/g, (one) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[one] ?? '&#39;'),
  'HTML in numbers': (text) =>
    Array.from(text)
      .map((one) => `&#${String(one.codePointAt(0))};`)
      .join(''),
  'HTML in hexadecimal': (text) =>
    Array.from(text)
      .map((one) => `&#x${(one.codePointAt(0) ?? 0).toString(16)};`)
      .join(''),
  'quoted-printable': (text) =>
    bytesOf(text)
      .map((byte) => `=${hex2(byte).toUpperCase()}`)
      .join(''),
  'escapes of bytes': (text) =>
    bytesOf(text)
      .map((byte) => `\\x${hex2(byte)}`)
      .join(''),
  'octal escapes': (text) =>
    bytesOf(text)
      .map((byte) => `\\${byte.toString(8).padStart(3, '0')}`)
      .join(''),
  'code points in braces': (text) =>
    Array.from(text)
      .map((one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`)
      .join(''),
  "a shell's printf %q": (text) => text.replaceAll(/[^\w\u0080-\uffff]/g, (one) => `\\${one}`),
  "a shell's single quotes": (text) => text.replaceAll("'", "'\\''"),
  CSV: (text) => text.replaceAll('"', '""'),
  SQL: (text) => text.replaceAll("'", "''"),
  hexadecimal: (text) => Buffer.from(text).toString('hex'),
  'hexadecimal in upper case': (text) => Buffer.from(text).toString('hex').toUpperCase(),
  'hexadecimal with colons': (text) => bytesOf(text).map(hex2).join(':'),
  'hexadecimal of a program': (text) =>
    bytesOf(text)
      .map((byte) => `0x${hex2(byte)}`)
      .join(', '),
  base64: (text) => Buffer.from(text).toString('base64'),
  'base64 for URLs, inside of more': (text) => Buffer.from(`user:${text}:x`).toString('base64url'),
  'upper case': (text) => text.replaceAll(/[a-z]/g, (letter) => letter.toUpperCase()),
  'a colour for each character': (text) =>
    Array.from(text)
      .map((one) => `${ESC}[1;31m${one}${ESC}[0m`)
      .join(''),
  'a link of a terminal': (text) =>
    `${Array.from(text).slice(0, 3).join('')}${ESC}]8;;http://x${ESC}\\${Array.from(text).slice(3).join('')}`,
  'JSON with colours': (text) =>
    Array.from(json(text))
      .map((one) => `${ESC}[2m${one}`)
      .join(''),
};

const characters = Array.from('aBc3dE9 -_+/=.$&<>"\'%\\#{}äß€😀');
const secret = fc
  .string({ unit: fc.constantFrom(...characters), minLength: 8, maxLength: 40 })
  .filter((text) => text.trim() === text);

describe('a value is masked', () => {
  test.each(Object.entries(ENCODERS))('as %s [B12][B17]', (_name, encode) => {
    fc.assert(
      fc.property(secret, (value) => {
        const shown = mask(`before ${encode(value)} after`, [new Secret(value)]);
        expect(shown).toContain('***');
        // Only digits that the value shares with its neighbours are left, such as in base64.
        expect(shown.replaceAll('***', '').length).toBeLessThan('before  after'.length + 40);
        expect(shown).not.toContain(encode(value));
      }),
      { numRuns: 60 },
    );
  });

  test('in a dump of bytes, which breaks it over lines [B12][B17]', () => {
    const value = 'correct-horse-battery-staple-0123456789';
    const dump = (bytes: readonly number[]) =>
      Array.from({ length: Math.ceil(bytes.length / 16) }, (_, row) => {
        const part = bytes.slice(row * 16, row * 16 + 16);
        return `${(row * 16).toString(16).padStart(8, '0')}  ${part.map(hex2).join(' ')}`;
      }).join('\n');
    const shown = mask(dump(bytesOf(value)), [new Secret(value)]);
    expect(shown).not.toContain('63 6f 72 72');
    expect(shown.match(/\*\*\*/g)?.length).toBeGreaterThanOrEqual(2);
  });

  test("as one of Landfall's own tokens, which are recognised by their shape, with colours or without [B12]", () => {
    const token = `landfall_${'aB3_-'.repeat(9).slice(0, 43)}`;
    expect(mask(`token ${token}, again`)).toBe('token ***, again');
    expect(mask(`token ${Array.from(token).join(`${ESC}[0m`)}, again`)).toBe('token ***, again');
    expect(mask('landfall_release_command is a name')).toBe('landfall_release_command is a name');
  });
});

test('lines without a value are shown as they are, escape codes included [B12]', () => {
  const lines = [
    `${ESC}[32mok${ESC}[0m 100% done & dusted`,
    'a\\nb %41 &amp; =3D "" 0x41',
    'sha256:0123456789abcdef'.repeat(3),
  ];
  for (const line of lines) expect(mask(line, [new Secret('quite-another-value')])).toBe(line);
});

test('a line of nothing but escapes costs bounded work [B12]', () => {
  const secrets = Array.from({ length: 50 }, (_, index) => new Secret(`secret-value-number-${String(index)}`));
  const hostile = `\\u0026%26&amp;=26${ESC}[0m""''+`.repeat(5_000);
  const before = process.cpuUsage();
  mask(hostile, secrets);
  // The work is a few dozen milliseconds; quadratic work would be minutes.
  expect(process.cpuUsage(before).user).toBeLessThan(3_000_000);
});
