import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createMasker, LONGEST_LINE, mask } from '../../../activities/logs/masker.ts';
import { Secret } from '../../../contracts/core/secret.ts';

/** The output when the text arrives in these pieces. */
function masked(pieces: readonly string[], secrets: readonly string[] = []): string {
  const masker = createMasker(secrets.map((value) => new Secret(value)));
  return [...pieces.flatMap((piece) => masker.write(piece)), ...masker.end()].join('\n');
}

/** The text cut at these places. */
function split(text: string, cuts: readonly number[]): string[] {
  const at = [...new Set([0, ...cuts.map((cut) => cut % (text.length + 1)), text.length])].toSorted((a, b) => a - b);
  return at.slice(1).map((end, index) => text.slice(at[index], end));
}

const cuts = fc.array(fc.nat(), { maxLength: 12 });
const words = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\n', '=', ':', '/', '.'), maxLength: 40 });
/** Secrets as people generate them: no white space, at least eight characters. */
const secret = fc.string({ unit: fc.constantFrom(...Array.from('aBc3dE9-_+/=.$')), minLength: 8, maxLength: 60 });

describe('known values [B12]', () => {
  test('no way of cutting the text lets one through, or changes what is shown', () => {
    fc.assert(
      fc.property(secret, words, words, cuts, (value, before, after, at) => {
        const text = `${before}${value}${after}`;

        const shown = masked(split(text, at), [value]);

        expect(shown).not.toContain(value);
        expect(shown).toBe(masked([text], [value]));
      }),
      { numRuns: 2_000 },
    );
  });

  test('a value inside of a longer text in base64 does not come through, however its bytes fall [B12][B17]', () => {
    fc.assert(
      fc.property(secret, words, words, (value, before, after) => {
        const shown = masked([`auth: ${Buffer.from(before + value + after).toString('base64')}`], [value]);

        expect(shown).toContain('***');
        expect(Buffer.from(shown.replaceAll('***', '').slice(6), 'base64').toString('latin1')).not.toContain(value);
      }),
      { numRuns: 2_000 },
    );
  });

  test('a value that was broken over two lines does not come through in one piece of half its length', () => {
    fc.assert(
      fc.property(secret, fc.nat(), words, words, (value, cut, before, after) => {
        const at = 1 + (cut % (value.length - 1));
        const shown = masked([`${before}${value.slice(0, at)}\n${value.slice(at)}${after}`], [value]);

        const longer = at * 2 >= value.length ? value.slice(0, at) : value.slice(at);
        if (longer.length >= 8) expect(shown).not.toContain(longer);
      }),
      { numRuns: 2_000 },
    );
  });

  test('a value of several lines is masked line by line', () => {
    const value = 'first line of it\nsecond line of it\r\nthird line of it\n';

    expect(masked(['> first line of it\n> second line of it\n> third line of it'], [value])).toBe(
      '> ***\n> ***\n> ***',
    );
  });

  test.each([
    ['base64', (value: string) => Buffer.from(value).toString('base64')],
    ['URL encoding', encodeURIComponent],
    ['JSON', (value: string) => JSON.stringify(value)],
  ])('a value is masked in %s, too', (_, encode) => {
    const value = 'p@ss "word"/of=mine';

    expect(masked([`x ${encode(value)} y`], [value])).toMatch(/^x "?\*\*\*"? y$/);
  });

  test('what is too short for a secret does not eat the log', () => {
    expect(masked(['an apple a day'], ['a', ''])).toBe('an apple a day');
  });
});

/** Made up, in the form that each issuer documents. */
const TOKENS = [
  'ghs_16C7e42F292c6912E7710c838347Ae178B4a',
  'ghp_16C7e42F292c6912E7710c838347Ae178B4a',
  'gho_16C7e42F292c6912E7710c838347Ae178B4a',
  'ghu_16C7e42F292c6912E7710c838347Ae178B4a',
  'github_pat_11ABCDEFG0aBcDeFgHiJkL_MnOpQrStUvWxYz0123456789',
  `glpat-${'aB3'.repeat(7)}`,
  `xoxb-${'123'.repeat(5)}-abc`,
  `npm_${'aB3'.repeat(12)}`,
  'AKIAIOSFODNN7EXAMPLE',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U',
];

describe('what looks like a credential [B12]', () => {
  test.each(TOKENS)('%s is masked wherever the text is cut', (token) => {
    fc.assert(
      fc.property(words, cuts, (before, at) => {
        const text = `${before} ${token} after`;
        const shown = masked(split(text, at));
        expect(shown).not.toContain(token);
        expect(shown).toMatch(/\*\*\* after$/);
      }),
      { numRuns: 100 },
    );
  });

  test.each([
    ['Authorization: Bearer abc.def-ghi_jkl', 'Authorization: Bearer ***'],
    ['authorization: basic eDp5eDp5', 'authorization: basic ***'],
    ['{"Authorization":"Basic eDp5eDp5"}', '{"Authorization":"Basic ***"}'],
    ['git clone https://user:pa:ss@example.com/x', 'git clone https://***@example.com/x'],
    ['postgres://app:p@ss!word@db:5432/x', 'postgres://***@db:5432/x'],
  ])('%s', (text, shown) => {
    expect(masked([text])).toBe(shown);
  });

  test.each([
    'npm http fetch GET 200 https://registry.example.com/@scope/name 12ms',
    'FROM docker.io/library/node:24@sha256:abcdef',
    'user@example.com pushed to main',
    'Basic authentication is enabled',
    'STEP 3/9: RUN echo "ghs_" && true',
  ])('is not seen in: %s', (text) => {
    expect(masked([text])).toBe(text);
  });

  test('a private key is masked as a whole, however it is cut', () => {
    const body = Array.from({ length: 12 }, (_, line) => `MIIEpAIBAAKCAQEA${line}`.padEnd(64, 'x'));
    const lines = ['before', '-----BEGIN RSA PRIVATE KEY-----', ...body, '-----END RSA PRIVATE KEY-----', 'after'];

    fc.assert(
      fc.property(cuts, (at) => {
        const shown = masked(split(lines.join('\n'), at));
        expect(shown).not.toContain('MIIE');
        expect(shown).toMatch(/^before\n(\*\*\*\n)+after$/);
      }),
      { numRuns: 200 },
    );
  });

  test('a private key in one line is masked, and one that never ends does not swallow the log', () => {
    expect(masked([String.raw`KEY="-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----"` + '\nnext'])).toBe(
      '***\nnext',
    );
    const endless = `-----BEGIN PRIVATE KEY-----\n${'x\n'.repeat(300)}end`;
    expect(masked([endless])).toMatch(/x\nend$/);
  });
});

describe('long lines', () => {
  test('are cut, and no secret comes through at the cut', () => {
    const value = 'correct-horse-battery-staple';
    fc.assert(
      fc.property(fc.integer({ min: -80, max: 80 }), cuts, (offset, at) => {
        const text = `${'x'.repeat(LONGEST_LINE + offset)}${value}${'y'.repeat(4_000)}`;
        const shown = masked(split(text, at), [value]);
        for (let piece = 0; piece + 8 <= value.length; piece += 1) {
          expect(shown).not.toContain(value.slice(piece, piece + 8));
        }
        expect(shown).toMatch(/ … \[line cut\]$/);
      }),
      { numRuns: 100 },
    );
  });

  test('do not fill memory: an endless line keeps a bounded rest', () => {
    const masker = createMasker();
    for (let chunk = 0; chunk < 2_000; chunk += 1) expect(masker.write('x'.repeat(10_000))).toEqual([]);

    expect(masker.write('\nnext\n').map((line) => line.length)).toEqual([LONGEST_LINE + ' … [line cut]'.length, 4]);
  });

  test.each([
    ['letters', 'a'],
    ['slashes', '://'],
    ['half a token', 'ghs_'],
    ['dots', 'eyJhbGci.'],
    ['bearers', 'bearer '],
  ])('of hostile %s do not stop the log: a pattern that backtracks would need minutes here', (_, unit) => {
    const hostile = unit.repeat(LONGEST_LINE + 1);

    for (let line = 0; line < 5; line += 1) {
      expect(masked([hostile], ['correct-horse']).endsWith(' … [line cut]')).toBe(true);
    }
  });

  test.each([
    ['escapes of escapes', '\\\\\\\\%25%25&amp;=3D""""++'],
    ['every kind of escape', `\\u0026%41&amp;=41+""''\\'`],
    ['percent signs', '%2525'],
    ['hexadecimal digits', '0x70,'],
    ['control sequences', '\x1b[0m'],
    ['base64 digits', '-_'],
    ['a value within itself', 'k'],
  ])('of %s cost work that grows with their length, for many values', (_, unit) => {
    const values = Array.from({ length: 30 }, (_one, i) => new Secret(`pa&ss "w'ord\\${i}%é-${'k'.repeat(20 + i)}`));
    values.push(new Secret('k'.repeat(40)));
    const masker = createMasker(values);
    masker.write('x\n');
    const begun = performance.now();
    for (let line = 0; line < 5; line += 1) masker.write(`${unit.repeat(LONGEST_LINE / unit.length)}\n`);
    // Far less on an idle machine.
    expect(performance.now() - begun).toBeLessThan(2_000);
  });

  test('a value of one letter over and over is masked wherever it ends', () => {
    const lines = [
      'k'.repeat(500),
      `x ${'k'.repeat(41)} y`,
      `  ${'k'.repeat(12)}  `,
      `${'k'.repeat(9)} z ${'k'.repeat(9)}`,
    ];
    expect(masked([lines.join('\n')], ['k'.repeat(40)]).split('\n')).toEqual([
      '***',
      'x *** y',
      expect.stringMatching(/^ *\*\*\* *$/),
      '*** z ***',
    ]);
  });
});

test('a whole text, such as an error message, keeps its lines', () => {
  expect(mask('one\nAKIAIOSFODNN7EXAMPLE\nthree', [])).toBe('one\n***\nthree');
});
