import { expect, test } from '@jest/globals';
import { nextChange } from '../../../../workflows/environment/machine/blocks.ts';
import { beginAs, carry } from '../../../../workflows/environment/machine/carry.ts';
import { recalled } from '../../../../workflows/environment/machine/ended.ts';
import { pause } from '../../../../workflows/environment/machine/people.ts';

const key = { project: 'shop', service: 'web', environment: 'production' };
const by = { kind: 'github', name: 'ann' } as const;

test('what is said is newer than what was said before, whatever the clock says, in a new run and after a forced end [E9][F1]', () => {
  let state = beginAs({ key }, { generation: 1, recalls: false });
  const said: number[] = [];
  for (const now of [1_000, 1_000, 900, 1_500]) {
    ({ state } = pause(state, { by, reason: '' }, now));
    said.push(state.change);
  }
  expect(said).toEqual([1_000, 1_001, 1_002, 1_500]);

  const inNextRun = beginAs(carry(state, {}, 1_400), { generation: 1, recalls: false });
  expect(nextChange(inNextRun.change, 1_400)).toBe(1_501);

  const begunAnew = beginAs({ key }, { generation: 1, recalls: true });
  const { change } = recalled(begunAnew, {
    live: null,
    previous: null,
    lock: null,
    pause: null,
    hold: null,
    change: 1_500,
  });
  expect(nextChange(change, 1_400)).toBe(1_501);
});
