import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { JsonTooComplex, parseForeignJson } from '../../../contracts/core/foreign-json.ts';
import { parseLossless } from '../../../contracts/core/lossless-json.ts';

const parse = (text: string) => parseForeignJson(Buffer.from(text));

test('whatever people write is what it says [A3]', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(parse(text)).toEqual(parseLossless(text));
    }),
  );
});

test('brackets, commas and digits within texts do not count [A3]', () => {
  const text = JSON.stringify({ a: '[{,:'.repeat(2_000_000), b: '\\"[[['.repeat(1_000), c: '9'.repeat(10_000) });
  expect(parse(text)).toEqual(JSON.parse(text));
});

test('what is not JSON is a SyntaxError [A3]', () => {
  for (const text of ['', '{', '"', '"\\', ']', '{"a":1}}', '\ufeff{}', 'nul'])
    expect(() => parse(text)).toThrow(SyntaxError);
});

const TOO_COMPLEX: Readonly<Record<string, string>> = {
  'lists in lists': '['.repeat(10_000_000),
  'lists in lists that end': `${'['.repeat(129)}${']'.repeat(129)}`,
  'maps in maps': '{"a":'.repeat(4_000_000),
  'many maps': `[${'{},'.repeat(5_000_000)}{}]`,
  'many numbers': `[${'1,'.repeat(10_000_000)}1]`,
  'one number': '9'.repeat(20_000_000),
  'a fraction': `0.${'1'.repeat(20_000_000)}`,
};
test.each(Object.entries(TOO_COMPLEX))('megabytes of %s are refused before they are parsed [A3][F2]', (_name, text) => {
  const bytes = Buffer.from(text);
  const begun = performance.now();
  expect(() => parseForeignJson(bytes)).toThrow(JsonTooComplex);
  // Parsed, they take seconds to minutes.
  expect(performance.now() - begun).toBeLessThan(1_000);
});
