import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { failure } from '../../../contracts/core/failures.ts';
import { firstPart, lastPart } from '../../../contracts/core/text.ts';

/** Ordinary characters and those of two UTF-16 units, well-formed. */
const text = fc.string({ unit: 'grapheme', maxLength: 60 }).map((one) => one.toWellFormed());
const limit = fc.integer({ min: 0, max: 80 });

test('a text is cut between characters, at most one unit before the limit', () => {
  fc.assert(
    fc.property(text, limit, (whole, most) => {
      for (const [part, fits] of [
        [firstPart(whole, most), whole.startsWith(firstPart(whole, most))],
        [lastPart(whole, most), whole.endsWith(lastPart(whole, most))],
      ] as const) {
        expect(part.isWellFormed()).toBe(true);
        expect(fits).toBe(true);
        expect(part.length).toBeLessThanOrEqual(most);
        expect(part.length).toBeGreaterThanOrEqual(Math.min(whole.length, most) - 1);
      }
    }),
  );
});

test('a failure holds whole characters, whatever its words were made of', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.integer({ min: 0, max: 0xff_ff }).map((unit) => String.fromCharCode(unit)) }),
      (words) => {
        expect(failure('BuildFailed', words).message).toBe(words.toWellFormed());
      },
    ),
  );
});
