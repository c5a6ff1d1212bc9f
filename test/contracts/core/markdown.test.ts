/** Text of others on GitHub, in every place where Markdown is read: it stays text. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { code, fenced, inline, oneLine, sentence } from '../../../contracts/core/markdown.ts';

/** What people have tried, and anything else. */
const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '```',
        '\n```\n',
        '````text\n',
        '~~~',
        '`',
        '@acme/everyone',
        '[sign in](https://evil.test)',
        '![p](https://evil.test/p.png)',
        '<img src=x>',
        '<!-- landfall:reply x -->',
        '\n\n',
        '\r',
        '|',
        '\ud800',
        '\udc00',
        '\u0000',
        '\u001b[2K',
        '\u202e',
        '# ',
        'www.evil.test',
      ),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

const LINE_BREAK = /[\r\n]/;
const CONTROL = /[^\P{Cc}\n\t]/u;

/** What is outside of code, as CommonMark reads it: fences of three backticks or more, code in one line. */
function outsideOfCode(markdown: string): string {
  const lines: string[] = [];
  let fence: string | undefined;
  for (const line of markdown.split('\n')) {
    const mark = /^ {0,3}(`{3,})/.exec(line)?.[1];
    if (fence === undefined && mark !== undefined) fence = mark;
    else if (fence !== undefined && mark !== undefined && mark.length >= fence.length && line.trim() === mark) {
      fence = undefined;
    } else if (fence === undefined) lines.push(line.replaceAll(/`[^`]*`/g, ''));
  }
  return lines.join('\n');
}

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
});
