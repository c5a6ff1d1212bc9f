/** What people do to an environment: stories for the real workflow and for the machine inside it. */
import fc from 'fast-check';
import { QUEUE_MODES } from '../../../contracts/config/queue-mode.ts';
import type { QueueMode } from '../../../contracts/config/queue-mode.ts';
import { CAUSES, PEOPLE } from './environment-specification.ts';
import type { Asked, Command, Failing } from './environment-specification.ts';

const MOST_COMMANDS = 12;
/** Longer than anybody looks. */
const A_DAY_MS = 86_400_000;

export interface Story {
  readonly mode: QueueMode;
  readonly commands: readonly Command[];
}

const sequence = fc.integer({ min: 1, max: 6 });
const by = fc.constantFrom(...PEOPLE);
const asked = { sequence, cause: fc.constantFrom('event' as const, ...CAUSES), by };
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 16, arbitrary: fc.record({ do: fc.constant('ask' as const), ...asked, frozenMs: fc.constant(0) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('ask' as const), ...asked, frozenMs: fc.constant(A_DAY_MS) }) },
  { weight: 11, arbitrary: fc.constant({ do: 'finish' as const }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('fail' as const), at: fc.constantFrom<Failing[]>('prepare', 'switchTo') }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('cancel' as const), sequence }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('lock' as const), by, forMs: fc.constant(null) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('unlock' as const), by, force: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('pause' as const, 'resume' as const) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'renew' as const }) },
);
export const story: fc.Arbitrary<Story> = fc.record({
  mode: fc.constantFrom(...QUEUE_MODES),
  commands: fc.array(command, { minLength: 4, maxLength: MOST_COMMANDS }),
});

const ask = (number: number, more: Partial<Asked> = {}): Command => ({
  ...{ do: 'ask', sequence: number, cause: 'event', frozenMs: 0, by: 'ann' },
  ...more,
});
const finish: Command = { do: 'finish' };
const lands = (number: number, more: Partial<Asked> = {}): readonly Command[] => [ask(number, more), finish];

/** Told whatever else is: chance seldom comes this far. */
export const WORTH_TELLING: readonly [Story, Story, Story, Story] = [
  // The trouble that a rollback ended does not come back by itself, nor by a new run; then somebody promotes.
  {
    mode: 'fifo',
    commands: [
      ...[...lands(1), ...lands(2), ...lands(3, { cause: 'rollback' }), { do: 'renew' } as const],
      ...[...lands(4), ...lands(5, { cause: 'hand' }), ...lands(6)],
    ],
  },
  // What waits behind a lock goes on once it is opened by force, in whatever run.
  {
    mode: 'supersede',
    commands: [
      ...[
        ...lands(2),
        { do: 'lock', by: 'ann', forMs: null } as const,
        ask(3, { by: 'bob' }),
        { do: 'renew' } as const,
      ],
      ...[ask(1, { by: 'bob' }), ask(4, { by: 'bob' }), { do: 'unlock', by: 'bob', force: true } as const],
      ...[{ do: 'fail', at: 'switchTo' } as const],
    ],
  },
  // A rollback passes a frozen one; one that fails holds nothing, one that lands does until somebody resumes.
  {
    mode: 'fifo',
    commands: [
      ...[...lands(1), ask(2, { frozenMs: A_DAY_MS }), ask(3, { frozenMs: A_DAY_MS, cause: 'rollback' })],
      ...[{ do: 'fail', at: 'prepare' } as const, ...lands(4), ...lands(5, { frozenMs: A_DAY_MS, cause: 'rollback' })],
      ...[ask(6), { do: 'resume' } as const, { do: 'cancel', sequence: 2 } as const],
    ],
  },
  // Nothing is turned away because of a hold: it is told why it must stay out.
  { mode: 'reject', commands: [...lands(2, { cause: 'rollback' }), ask(3), ask(4, { cause: 'hand' }), ask(5), finish] },
];

const frozen = (number: number, frozenMs: number, more: Partial<Asked> = {}) => ask(number, { frozenMs, ...more });
const lock = (forMs: number): Command => ({ do: 'lock', by: 'ann', forMs });
const wait: Command = { do: 'wait' };
const byName = { cause: 'name' } as const;
const byBob = { by: 'bob' } as const;

/** All of it is told within seconds: what holds for some of them ends in it. */
const seconds = fc.integer({ min: 3, max: 5 }).map((one) => one * 1_000);
const timedCommand: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('ask' as const), ...asked, frozenMs: fc.oneof(fc.constant(0), seconds) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('lock' as const), by, forMs: seconds }) },
  { weight: 3, arbitrary: fc.constant(wait) },
  { weight: 6, arbitrary: command },
);
export const timedStory: fc.Arbitrary<Story> = fc.record({
  mode: fc.constantFrom(...QUEUE_MODES),
  commands: fc.array(timedCommand, { minLength: 6, maxLength: MOST_COMMANDS }),
});

export const WORTH_TIMING: readonly [Story, Story, Story, Story] = [
  // Whose freeze ends first goes first, whoever came first.
  { mode: 'fifo', commands: [frozen(1, 6_000, byName), frozen(2, 4_000), wait, finish, wait, finish] },
  // A lock that ends lets others through, in whatever run, but not the one whose freeze still holds.
  {
    mode: 'fifo',
    commands: [
      ...[frozen(1, 7_000, { ...byName, ...byBob }), lock(4_000), ask(2, byBob), { do: 'renew' } as const],
      ...[wait, finish, wait, finish],
    ],
  },
  // Both end while something runs: then who came first goes first. Time ends no pause.
  {
    mode: 'fifo',
    commands: [
      ...[ask(1), lock(5_000), ask(3, byBob), frozen(2, 5_000, byName), wait, wait, finish, finish],
      ...[frozen(4, 2_000), { do: 'pause' } as const, wait, { do: 'resume' } as const, finish],
    ],
  },
  // A lock is made shorter; one takes the place of another that waits as well, and waits longer.
  {
    mode: 'supersede',
    commands: [
      ...[...lands(1), lock(30_000), ask(2, byBob), lock(3_000), wait, finish],
      ...[frozen(3, 2_000), frozen(4, 3_000), wait, finish],
    ],
  },
];
