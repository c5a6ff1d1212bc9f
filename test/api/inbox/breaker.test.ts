import { describe, expect, test } from '@jest/globals';
import { createBreaker } from '../../../api/inbox/breaker.ts';

/** A breaker on a clock that the test moves. */
function breakerAt() {
  const clock = { ms: 1_000 };
  return { clock, breaker: createBreaker(() => clock.ms) };
}

function failTimes(breaker: ReturnType<typeof createBreaker>, times: number): void {
  for (let i = 0; i < times; i += 1) breaker.failed();
}

describe('circuit breaker', () => {
  test('stays closed on a failure or two, and forgets them after a success [B1]', () => {
    const { breaker } = breakerAt();
    failTimes(breaker, 2);
    breaker.succeeded();
    failTimes(breaker, 2);
    expect([breaker.state(), breaker.waitMs()]).toEqual(['closed', 0]);
  });

  test('opens after the third in a row, and lets one call find out later [B1]', () => {
    const { breaker, clock } = breakerAt();
    failTimes(breaker, 3);
    expect(breaker.state()).toBe('open');
    clock.ms += breaker.waitMs();
    expect([breaker.state(), breaker.waitMs()]).toEqual(['half-open', 0]);
    breaker.succeeded();
    expect(breaker.state()).toBe('closed');
  });

  test('waits longer each time, never more than five seconds [B1]', () => {
    const { breaker, clock } = breakerAt();
    failTimes(breaker, 3);
    const waits: number[] = [];
    for (let i = 0; i < 7; i += 1) {
      waits.push(breaker.waitMs());
      clock.ms += breaker.waitMs();
      breaker.failed();
    }
    expect(waits).toEqual([250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]);
  });

  test('calls that were under way when it opened do not lengthen the wait [B1]', () => {
    const { breaker } = breakerAt();
    failTimes(breaker, 16);
    expect(breaker.waitMs()).toBe(250);
  });
});
