import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { nextOutage } from '../../../activities/watch/count-outages.ts';
import type { OutageRecord } from '../../../activities/watch/ledger.port.ts';
import { OUTAGE } from '../../../contracts/deployment/live-replica.ts';

const BEGIN = 1_800_000_000_000;
const MINUTE = 60_000;

/** `.`: serves. `x`: does not. `?`: the look does not tell. `e`: does not, while a deployment is under way. */
function after(looks: string): OutageRecord | undefined {
  let record: OutageRecord | undefined;
  for (const [index, look] of looks.split('').entries()) {
    const trouble = look === '?' ? undefined : look === '.' ? null : `down at look ${String(index)}`;
    record = nextOutage(record, { place: 'alpha', at: BEGIN + index * MINUTE, trouble, isExcused: look === 'e' });
  }
  return record;
}

describe('what is live does not serve', () => {
  test.each(['xxx', '.xxx', '...x.xx.xxx', 'xx?x', 'xxe?ex', 'xxx..x', 'xxx.x.x..'])('after %s [E8]', (looks) => {
    expect(after(looks)?.outage).not.toBeNull();
  });

  test.each(['', '...', 'xx', 'x.xx.xx', '??????', 'eeeeee', 'xxee??', 'xxx...', 'xxxx.?.e.'])(
    'not after %s [E8]',
    (looks) => {
      expect(after(looks)?.outage ?? null).toBeNull();
    },
  );

  test('is said with what was found last, since the first look that found it; and when it is over [E8]', () => {
    expect(after('.xxx')).toMatchObject({
      outage: { since: BEGIN + MINUTE, message: 'alpha: down at look 3' },
      overAt: null,
    });
    expect(after('.xxxxx')?.outage?.message).toBe('alpha: down at look 3');
    expect(after('xxx...')).toMatchObject({ outage: null, overAt: BEGIN + 5 * MINUTE });
    expect(after('xxx...xxx')).toMatchObject({ outage: { since: BEGIN + 6 * MINUTE }, overAt: null });
  });

  test('in whatever order of looks, begins and ends only by as many in a row [E8]', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('.', 'x')), (looks) => {
        for (let n = 1; n <= looks.length; n += 1) {
          const [before, now] = [after(looks.slice(0, n - 1).join('')), after(looks.slice(0, n).join(''))];
          const last = looks.slice(Math.max(0, n - OUTAGE.looks), n).join('');
          if (now?.outage && !before?.outage) expect(last).toBe('x'.repeat(OUTAGE.looks));
          if (!now?.outage && before?.outage) expect(last).toBe('.'.repeat(OUTAGE.looks));
        }
      }),
    );
  });
});
