/** Thousands of orders of arrival against what an environment promises: never backwards, nobody forgotten. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Gates } from '../../../workflows/environment/blocks.ts';
import { Line, isBehind } from '../../../workflows/environment/queue.ts';

interface Asked {
  readonly deploymentId: string;
  readonly sequence: number;
  readonly byName: boolean;
  readonly fails: boolean;
  readonly byHand?: boolean;
  readonly rollbackTo?: string;
}

/**
 * What happens next: the newcomer that is told of, or (again) one that was; one that runs ends; a lock comes or goes;
 * somebody resumes.
 */
type Event =
  | { readonly arrives: number }
  | { readonly ends: true }
  | { readonly lock: boolean }
  | { readonly resume: true };

const hand = { byName: true, byHand: true } as const;
const cause = fc.constantFrom(
  ...[{ byName: false }, { byName: false }, { byName: true }, hand, { ...hand, rollbackTo: 'shop.web.production.0' }],
);
const asked = fc.record({ cause, fails: fc.boolean() }).map(({ cause: why, fails }) => ({ ...why, fails }));
const event = (count: number): fc.Arbitrary<Event> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ arrives: fc.nat(count - 1) }) },
    { weight: 3, arbitrary: fc.constant({ ends: true as const }) },
    { weight: 1, arbitrary: fc.record({ lock: fc.boolean() }) },
    { weight: 1, arbitrary: fc.constant({ resume: true as const }) },
  );
const story = fc.array(asked, { minLength: 1, maxLength: 8 }).chain((all) =>
  fc.record({
    all: fc.constant(all),
    mode: fc.constantFrom('fifo', 'supersede'),
    events: fc.array(event(all.length), { maxLength: 30 }),
  }),
);

/** The loop of an environment around its line, with everything that takes time left out. */
function play(requests: readonly Asked[], mode: string, events: readonly Event[]) {
  const line = new Line<Asked, { readonly request: Asked }>([]);
  const gates = new Gates({});
  const outcomes = new Map<string, 'live' | 'failed' | 'superseded' | 'cancelled'>();
  const lives: Asked[] = [];
  /** What became live, and where somebody resumed between. */
  const told: (Asked | 'resumed')[] = [];
  const now: { running: Asked | null } = { running: null };
  let locked = false;
  const blocks = () => (locked ? { why: 'locked', until: null } : null);

  const next = () => {
    while (now.running === null) {
      const entry = line.shift(blocks);
      if (!entry) return;
      if (isBehind(entry.request, lives.at(-1) ?? null)) outcomes.set(entry.request.deploymentId, 'superseded');
      else if (gates.refuses(entry.request)) outcomes.set(entry.request.deploymentId, 'cancelled');
      else now.running = entry.request;
    }
  };
  const arrive = (request: Asked) => {
    const { deploymentId } = request;
    if (outcomes.has(deploymentId) || now.running?.deploymentId === deploymentId || line.has(deploymentId)) return;
    const older = mode === 'supersede' ? line.takeOlderThan(request) : [];
    line.push({ request });
    for (const entry of older) outcomes.set(entry.request.deploymentId, 'superseded');
  };
  const end = () => {
    const { running } = now;
    if (running === null) return;
    outcomes.set(running.deploymentId, running.fails ? 'failed' : 'live');
    if (!running.fails) {
      lives.push(running);
      told.push(running);
      gates.noteLive({ ...running, actor: { kind: 'github', name: 'ann' } });
    }
    now.running = null;
  };

  for (const happens of events) {
    const newcomer = 'arrives' in happens ? requests[happens.arrives] : undefined;
    if (newcomer) arrive(newcomer);
    else if ('lock' in happens) locked = happens.lock;
    else if ('resume' in happens) {
      gates.resume();
      told.push('resumed');
    } else end();
    next();
  }
  // Then everybody is told of at last, nothing is locked, and there is time.
  locked = false;
  for (const request of requests) arrive(request);
  next();
  while (now.running) {
    end();
    next();
  }
  return { outcomes, lives, told };
}

describe('the line in front of an environment', () => {
  const numbered = (all: readonly Omit<Asked, 'deploymentId' | 'sequence'>[]): Asked[] =>
    all.map((one, index) => ({
      ...one,
      deploymentId: `shop.web.production.${String(index + 1)}`,
      sequence: index + 1,
    }));

  test('never goes backwards by itself, in 5,000 shuffled stories with repeats, failures and locks [E9]', () => {
    fc.assert(
      fc.property(story, ({ all, mode, events }) => {
        const { lives } = play(numbered(all), mode, events);
        for (const [index, live] of lives.entries()) {
          const before = lives[index - 1];
          if (!live.byName && before) expect(live.sequence).toBeGreaterThan(before.sequence);
        }
      }),
      { numRuns: 5_000 },
    );
  });

  test('lets nothing automatic follow a rollback by hand until somebody deploys by hand or resumes, in 5,000 shuffled stories [E6][E9]', () => {
    fc.assert(
      fc.property(story, ({ all, mode, events }) => {
        const { told } = play(numbered(all), mode, events);
        for (const [index, one] of told.entries()) {
          const before = told[index - 1];
          const follows = before !== undefined && before !== 'resumed' && before.rollbackTo !== undefined;
          if (follows && one !== 'resumed') expect(one.byHand).toBe(true);
        }
      }),
      { numRuns: 5_000 },
    );
  });

  test('gives each request exactly one end, and skips nothing that somebody asked for by name [E9]', () => {
    fc.assert(
      fc.property(story, ({ all, mode, events }) => {
        const requests = numbered(all);
        const { outcomes, lives } = play(requests, mode, events);
        expect([...outcomes.keys()].toSorted()).toEqual(requests.map(({ deploymentId }) => deploymentId).toSorted());
        expect(new Set(lives).size).toBe(lives.length);
        for (const { byName, deploymentId } of requests) {
          if (byName) expect(outcomes.get(deploymentId)).not.toBe('superseded');
        }
      }),
      { numRuns: 5_000 },
    );
  });

  test('ends with the newest one live, whatever arrived when, if nothing fails and nobody asked by name [E9]', () => {
    fc.assert(
      fc.property(story, ({ all, mode, events }) => {
        const requests = numbered(all.map(() => ({ byName: false, fails: false })));
        const { lives } = play(requests, mode, events);
        expect(lives.at(-1)?.sequence).toBe(requests.length);
      }),
      { numRuns: 5_000 },
    );
  });

  test('what may not run keeps nobody behind it waiting [E9]', () => {
    const [first, second] = numbered([
      { byName: false, fails: false },
      { byName: false, fails: false },
    ]);
    if (!first || !second) throw new Error('two were made');
    const line = new Line([{ request: first }, { request: second }]);
    const held = (request: Pick<Asked, 'sequence'>) => (request === first ? { why: 'frozen', until: 7 } : null);
    expect(line.changesAt(held)).toBe(7);
    expect(line.shift(held)?.request).toBe(second);
    expect(line.mayRun(held)).toBe(false);
  });
});
