import { expect, test } from '@jest/globals';
import { Gates } from '../../../workflows/environment/blocks.ts';

test('what is said is newer than what was said before, whatever the clock says, in a new run and after a forced end [E9][F1]', () => {
  const gates = new Gates({});
  const said = [gates.nextChange(1_000), gates.nextChange(1_000), gates.nextChange(900), gates.nextChange(1_500)];
  expect(said).toEqual([1_000, 1_001, 1_002, 1_500]);

  expect(new Gates({ change: gates.change }).nextChange(1_400)).toBe(1_501);

  const begunAnew = new Gates({});
  begunAnew.recall({ change: 1_500 });
  expect(begunAnew.nextChange(1_400)).toBe(1_501);
});
