import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { gitHubId } from '../../../contracts/core/github-id-fields.ts';
import { parseLossless } from '../../../contracts/core/lossless-json.ts';

const anyId = fc.bigInt({ min: 1n, max: 2n ** 63n - 1n });

describe('JSON without loss', () => {
  test('is what JSON.parse gives, as long as every integer fits into a number [B1]', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const usual: unknown = JSON.parse(text);
        const hasLargeInteger = /\d{16}/.test(text);
        fc.pre(!hasLargeInteger);
        expect(parseLossless(text)).toEqual(usual);
      }),
    );
  });

  test('… also alone, and behind whatever blanks JSON knows [B1]', () => {
    const blanks = fc.string({ unit: fc.constantFrom(' ', '\t', '\n', '\r'), maxLength: 4 });
    fc.assert(
      fc.property(anyId, blanks, (id, blank) => {
        for (const text of [id, `-${id}`, `[0,${blank}${id}]`, `{"id":${blank}${id}}`, `[${blank}${id}]`].map(String)) {
          const read = JSON.stringify(parseLossless(`${blank}${text}`), (_key, value: unknown) =>
            typeof value === 'bigint' ? String(value) : value,
          );
          expect(read).toContain(String(id));
        }
      }),
    );
  });

  test('every id of 64 bits is read with all its digits, wherever it stands [B1]', () => {
    fc.assert(
      fc.property(anyId, (id) => {
        const text = `{"list":[${id}],"inner":{"id":${id} },"text":"${id}","sum":1.5e300}`;
        const read = parseLossless(text) as { list: unknown[]; inner: { id: unknown }; text: unknown; sum: unknown };
        expect([gitHubId.parse(read.list[0]), gitHubId.parse(read.inner.id)]).toEqual([String(id), String(id)]);
        expect([read.text, read.sum]).toEqual([String(id), 1.5e300]);
      }),
    );
  });
});

test.each([
  ['what a number could not hold', 2 ** 53],
  ['more than 64 bits', 2n ** 63n],
  ['nothing', 0],
  ['less than nothing', -7],
  ['a fraction', 1.5],
  ['text: it is none of GitHub', '17'],
  ['no value', undefined],
])('%s is no id [B1]', (_name, value) => {
  expect(gitHubId.safeParse(value).error?.issues[0]?.message).toMatch(/whole number from 1 to 2\^63 - 1/);
});
