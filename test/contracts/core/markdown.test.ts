/** Text of others on GitHub, in every place where Markdown is read: it stays text. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  code,
  fenced,
  inline,
  link,
  ourWords,
  oneLine,
  sentence,
  table,
  type Line,
  type Markdown,
} from '../../../contracts/core/markdown.ts';
import { hostile, outsideOfCode } from '../../support/hostile-text.ts';

const LINE_BREAK = /[\r\n]/;
const CONTROL = /[^\P{Cc}\n\t]/u;

describe('text of others', () => {
  test('in several lines is inside its fence to the end, whatever it holds [A4]', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const shown = fenced(text);
        expect(outsideOfCode(`before\n\n${shown}\n\nafter`)).toBe('before\n\n\nafter');
        expect([shown.isWellFormed(), CONTROL.test(shown)]).toEqual([true, false]);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['in one line', code],
    ['in one line where it may be plain', inline],
  ])('%s is code, and nothing else [A4]', (_name, show) => {
    fc.assert(
      fc.property(hostile, (text) => {
        const shown = show(text);
        expect(outsideOfCode(shown)).not.toMatch(/[@[\]<>`!|#]|:\/\/|www\./);
        expect([LINE_BREAK.test(shown), CONTROL.test(shown), shown.isWellFormed()]).toEqual([false, false, true]);
      }),
      { numRuns: 500 },
    );
  });

  test('as a title or description is one line without control characters [A4]', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const shown = oneLine(text);
        expect([/\p{Cc}/u.test(shown), shown.isWellFormed()]).toEqual([false, true]);
      }),
    );
  });

  test('as a sentence is left as it is, or fenced [A4]', () => {
    expect(sentence('Approved by ann (by check).')).toBe('Approved by ann (by check).');
    fc.assert(
      fc.property(hostile, (text) => {
        expect(outsideOfCode(sentence(text))).not.toMatch(/[@[\]<>`!|#]|:\/\/|www\./);
        expect(sentence(text).isWellFormed()).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('in a link or a table stays inside of it [A4]', () => {
    fc.assert(
      fc.property(hostile, hostile, (text, address) => {
        const linked = outsideOfCode(link(code(text), `/releases/${address}`));
        expect(linked).toMatch(/^\[\]\([^\s()<>[\]`|]*\)$/);
        const [head, line, ...rows] = table(
          [ourWords`A`, ourWords`B`],
          [[code(text)], [inline(address), code(text)]],
        ).split('\n');
        expect([head, line, rows.length]).toEqual(['| A | B |', '| --- | --- |', 2]);
        for (const row of rows) expect(row.match(/(?<!\\)\|/g)).toHaveLength(3);
      }),
      { numRuns: 500 },
    );
  });

  test('does not compile where Markdown is wanted, unless something has made it harmless [A4]', () => {
    const text: string = '@acme/everyone';
    const state = 'merged' as 'closed' | 'merged';
    const [raw, mixed] = [ourWords`It is ${text}.`, ourWords`It is ${code(text)}, ${text}.`];
    const written: Markdown = ourWords`It is ${state}, ${3}, ${code(text)}.`;
    type Fits<T> = T extends Markdown ? true : false;
    const fits: readonly [Fits<string>, Fits<Line>, Fits<typeof raw>, Fits<typeof mixed>, Fits<typeof written>] = [
      ...([false, false, false, false] as const),
      true,
    ];
    expect(fits).toHaveLength(5);
    expect(written).toBe('It is merged, 3, `@acme/everyone`.');
  });
});
