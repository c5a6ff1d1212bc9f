import { expect, test } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';
import { giveBackAtRest } from '../../../infra/runtime-tuning/rest.mjs';
import { onCleanup } from '../../support/cleanup.ts';
import { eventually } from '../../support/eventually.ts';

const LIMIT_MS = 120_000;
const everyMs = 20;
/** Some 16 MB. */
const grow = () => Array.from({ length: 400_000 }, (_, index) => ({ index }));

test(
  'a thread gives memory back when it has come to rest, and again when it has used more; a busy one does not [F5]',
  async () => {
    let times = 0;
    const collect = () => {
      times += 1;
    };
    onCleanup(giveBackAtRest({ everyMs, collect }));
    const kept = [grow()];
    const until = performance.now() + 20 * everyMs;
    while (performance.now() < until) await setImmediate();
    expect(times).toBe(0);

    await eventually('the first time', () => times > 0, LIMIT_MS);
    const before = times;
    kept.push(grow());
    await eventually('the next time', () => times > before, LIMIT_MS);
    expect(kept).toHaveLength(2);
  },
  LIMIT_MS * 2,
);

test(
  'what nothing holds any more is gone then [F5]',
  async () => {
    onCleanup(giveBackAtRest({ everyMs }));
    const garbage = new WeakRef(grow());
    await eventually('the garbage to be collected', () => garbage.deref() === undefined, LIMIT_MS);
  },
  LIMIT_MS,
);
