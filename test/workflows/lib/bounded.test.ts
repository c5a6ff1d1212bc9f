import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { inParts, sizeOf } from '../../../workflows/lib/bounded.ts';

test('whatever is handed on in parts is all there, in order, and no part of several is larger than it may be [F1]', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme', maxLength: 40 })),
      fc.integer({ min: 1, max: 120 }),
      (all, bytes) => {
        const parts = inParts(all, bytes);
        expect(parts.flat()).toEqual(all);
        for (const part of parts) {
          const size = part.reduce((sum, one) => sum + sizeOf(one), 0);
          expect(part.length === 1 || size <= bytes).toBe(true);
        }
      },
    ),
  );
});
