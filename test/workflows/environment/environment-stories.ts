/** People's actions on an environment: stories for the real workflow and for the machine inside it. */
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
    arbitrary: fc.record({
      do: fc.constant('fail' as const),
      at: fc.constantFrom<Failing[]>('prepare', 'switchTo', 'restore'),
    }),
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
const fails = (at: Failing): Command => ({ do: 'fail', at });
const lands = (number: number, more: Partial<Asked> = {}): readonly Command[] => [ask(number, more), finish];

/** Always played: chance seldom comes this far. */
export const WORTH_TELLING: readonly [Story, Story, Story, Story] = [
  // The trouble that a rollback ended does not come back by itself, nor by a new run; then a person promotes.
  {
    mode: 'fifo',
    commands: [
      ...[...lands(1), ...lands(2), ...lands(3, { cause: 'rollback' }), { do: 'renew' } as const],
      ...[...lands(4), ...lands(5, { cause: 'hand' }), ...lands(6)],
    ],
  },
  // Requests behind a lock go on once it is opened by force, in whatever run.
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
      // Then one cannot be taken back, and the next one that fails brings back what is live.
      ...[fails('switchTo'), ask(5), fails('restore'), ask(6), fails('switchTo')],
    ],
  },
  // A rollback passes a frozen one; one that fails holds nothing, one that lands does until a person resumes.
  {
    mode: 'fifo',
    commands: [
      ...[...lands(1), ask(2, { frozenMs: A_DAY_MS }), ask(3, { frozenMs: A_DAY_MS, cause: 'rollback' })],
      ...[fails('prepare'), ...lands(4), ...lands(5, { frozenMs: A_DAY_MS, cause: 'rollback' })],
      ...[ask(6), { do: 'resume' } as const, { do: 'cancel', sequence: 2 } as const],
    ],
  },
  // No request is turned away because of a hold: it gets the reason why it must stay out. A deployment that could not
  // be taken back is mended in the name of the next one, in whatever run.
  {
    mode: 'reject',
    commands: [
      ...[...lands(2, { cause: 'rollback' }), ask(3), ask(4, { cause: 'hand' }), ask(5), finish],
      ...[ask(6, { cause: 'hand' }), fails('restore'), { do: 'renew' } as const],
      ...[ask(1, { cause: 'hand' }), fails('prepare')],
    ],
  },
];

/** Commands for the machine alone: the real workflow would need more around it for them. */
const machineCommand: fc.Arbitrary<Command> = fc.oneof(
  { weight: 20, arbitrary: command },
  {
    weight: 4,
    arbitrary: fc.record({
      ...{ do: fc.constant('ask' as const), sequence, cause: fc.constant('back' as const), by },
      frozenMs: fc.constantFrom(0, A_DAY_MS),
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom<Command[]>({ do: 'halt' }, { do: 'go-on' }) },
  { weight: 2, arbitrary: fc.constant({ do: 'mend' as const }) },
);
export const machineStory: fc.Arbitrary<Story> = fc.record({
  mode: fc.constantFrom(...QUEUE_MODES),
  commands: fc.array(machineCommand, { minLength: 4, maxLength: MOST_COMMANDS + 4 }),
});

const back = (number: number, more: Partial<Asked> = {}) => ask(number, { cause: 'back', ...more });
const pause: Command = { do: 'pause' };
const resume: Command = { do: 'resume' };

export const WORTH_DECIDING: readonly Story[] = [
  // The deployment that a rollback was to take back has failed by itself.
  { mode: 'fifo', commands: [...lands(1), ...lands(2), ask(3), back(4), fails('switchTo')] },
  // It has failed and could not be taken back: bringing back what is live takes it back.
  { mode: 'fifo', commands: [...lands(1), ask(2), back(3), fails('restore'), finish] },
  // Two people see the same trouble and go back one step, and from there no rollback without a target is possible.
  {
    mode: 'fifo',
    commands: [...[...lands(1), ...lands(2), ...lands(3), pause, back(4), back(5)], resume, finish, finish, back(6)],
  },
  // Another version is live by its turn: it is ordered anew from there, in whatever run.
  {
    mode: 'fifo',
    commands: [
      ...[...lands(1), ...lands(2), { do: 'lock', by: 'ann', forMs: null } as const, back(3, { by: 'bob' })],
      ...[...lands(4), { do: 'renew' } as const, { do: 'unlock', by: 'ann', force: false } as const],
    ],
  },
  // Split again and again, in new runs; then the worker is back.
  {
    mode: 'fifo',
    commands: [
      ...[ask(1), fails('restore'), ask(2), { do: 'halt' } as const, finish, ask(3), fails('restore')],
      ...[{ do: 'renew' } as const, ask(4), fails('restore'), { do: 'renew' } as const, { do: 'mend' } as const],
    ],
  },
];

const frozen = (number: number, frozenMs: number, more: Partial<Asked> = {}) => ask(number, { frozenMs, ...more });
const lock = (forMs: number): Command => ({ do: 'lock', by: 'ann', forMs });
const wait: Command = { do: 'wait' };
const byName = { cause: 'name' } as const;
const byBob = { by: 'bob' } as const;

/** A timed story lasts seconds: a lock or freeze of some seconds ends within it. */
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
  // The first to run is the one whose freeze ends first, whichever came first.
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
