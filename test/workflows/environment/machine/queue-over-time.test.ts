/** Thousands of queues against the clock: one who sleeps until time changes something sees what one sees who always looks. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Actor } from '../../../../contracts/core/actor.ts';
import { DAYS } from '../../../../contracts/config/freeze.ts';
import type { FreezeWindow } from '../../../../contracts/config/freeze.ts';
import { blockOf } from '../../../../workflows/environment/machine/blocks.ts';
import type { Blocks } from '../../../../workflows/environment/machine/blocks.ts';
import { changesAt, firstFree, without } from '../../../../workflows/environment/machine/queue.ts';

const HOUR_MS = 3_600_000;
/** More than a week, so that what comes every week comes twice. */
const END = 9 * 24;

const ann: Actor = { kind: 'github', name: 'ann' };
const bob: Actor = { kind: 'github', name: 'bob' };

interface Asked {
  readonly deploymentId: string;
  readonly sequence: number;
  readonly byName: boolean;
  readonly actor: Actor;
  readonly environment: { readonly freeze: readonly FreezeWindow[] };
  readonly rollbackTo?: string;
  /** In hours. */
  readonly at: number;
  readonly takes: number;
}

/** A block of the queue from then on. */
interface Hold extends Omit<Blocks, 'hold'> {
  readonly at: number;
}

interface Story {
  readonly all: readonly Asked[];
  readonly holds: readonly Hold[];
}

const hour = fc.nat(7 * 24);
const by = fc.constantFrom(ann, bob);
const freeze: fc.Arbitrary<FreezeWindow> = fc.oneof(
  fc.tuple(hour, fc.integer({ min: 1, max: 48 })).map(([from, hours]) => ({
    ...{ kind: 'once' as const, reason: '' },
    ...{ from: from * HOUR_MS, to: (from + hours) * HOUR_MS },
  })),
  fc
    .tuple(fc.subarray([...DAYS], { minLength: 1 }), fc.nat(23), fc.integer({ min: 1, max: 24 }))
    .map(([days, from, to]) => ({
      ...{ kind: 'weekly' as const, reason: '', days },
      ...{ from: from * 60, to: to * 60 },
    })),
);
const asked = fc.record({
  actor: by,
  at: hour,
  takes: fc.nat(6),
  environment: fc.record({ freeze: fc.array(freeze, { maxLength: 3 }) }),
  isRollback: fc.nat(4).map((one) => one === 0),
});
const lock = fc.record({ owner: by, reason: fc.constant(''), at: fc.constant(0), expiresAt: fc.option(hour) });
const hold = fc.record({
  at: hour,
  lock: fc.option(lock.map((one) => ({ ...one, expiresAt: one.expiresAt === null ? null : one.expiresAt * HOUR_MS }))),
  pause: fc.option(fc.constant({ by: ann, reason: '', at: 0 }), { freq: 2 }),
});
const story: fc.Arbitrary<Story> = fc.record({
  all: fc.array(asked, { minLength: 1, maxLength: 6 }).map((all) =>
    all.map(({ isRollback, ...one }, index) => ({
      ...{ deploymentId: `shop.web.production.${String(index)}`, sequence: index, byName: true, ...one },
      ...(isRollback && { rollbackTo: 'shop.web.production.0' }),
    })),
  ),
  holds: fc.array(hold, { maxLength: 4 }),
});

/**
 * @returns the requests that ran, each with its hour; `byTime`: the number of those that ran though nothing had
 * happened then
 */
function play({ all, holds }: Story, looks: 'always' | 'when time changes something') {
  let waiting: readonly Asked[] = [];
  const ran: (readonly [at: number, deploymentId: string])[] = [];
  let said: Blocks = { lock: null, pause: null, hold: null };
  let runsUntil = 0;
  let byTime = 0;
  const happenings = new Set([...all, ...holds].map(({ at }) => at));
  const soonest = (now: number, changesAt: number | null): number => {
    const next = Math.min(END + 1, ...[...happenings].filter((at) => at > now), (changesAt ?? Infinity) / HOUR_MS);
    if (next > now) return next;
    throw new Error(`It would be looked at again at once, for ever: ${String(changesAt)} is not after ${String(now)}.`);
  };
  for (let now = 0; now <= END;) {
    for (const request of all) if (request.at === now) waiting = [...waiting, request];
    for (const one of holds) if (one.at === now) said = { ...one, hold: null };
    const block = (request: Asked) => blockOf(said, request, now * HOUR_MS);
    while (runsUntil <= now) {
      const next = firstFree(waiting, block);
      if (!next) break;
      waiting = without(waiting, next.deploymentId);
      ran.push([now, next.deploymentId]);
      if (!happenings.has(now)) byTime += 1;
      runsUntil = now + next.takes;
      happenings.add(runsUntil);
    }
    now = looks === 'always' ? now + 1 : soonest(now, runsUntil <= now ? changesAt(waiting, block) : null);
  }
  return { ran, byTime };
}

test('in 3,000 weeks of locks, pauses and freeze windows everything runs at the very hour in which it first may [E9]', () => {
  let byTime = 0;
  fc.assert(
    fc.property(story, (told) => {
      const seen = play(told, 'when time changes something');
      byTime += seen.byTime;
      expect(seen).toEqual(play(told, 'always'));
    }),
    { numRuns: 3_000 },
  );
  // Most requests have to be woken by a message; enough are by the clock.
  expect(byTime).toBeGreaterThan(300);
});
