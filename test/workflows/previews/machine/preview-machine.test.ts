import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { phaseOf, previewView } from '../../../../workflows/previews/machine/view.ts';
import { HOUR, MINUTE, createPreviewWorld, RULES } from './preview-world.ts';

type World = ReturnType<typeof createPreviewWorld>;

const commit = (letter: string) => letter.repeat(40);
const create = (world: World) => world.request({ kind: 'create', commit: world.pull.head, fork: world.pull.fork });

function ready(): World {
  const world = createPreviewWorld();
  create(world);
  world.drain();
  return world;
}

describe('a preview', () => {
  test('is made for the commit that was looked at, in every service, and lives its time from when it is ready [D1][D4]', () => {
    const world = createPreviewWorld();
    const order = create(world);
    expect(phaseOf(world.state)).toBe('gone');
    world.drain();
    expect(world.answer(order)).toEqual({ kind: 'accepted' });
    expect(phaseOf(world.state)).toBe('ready');
    expect(world.live).toEqual({ web: commit('a'), api: commit('a') });
    expect(previewView(world.state)).toMatchObject({
      expiresAt: world.now + 30 * MINUTE,
      owner: { name: 'ann' },
      place: null,
    });
    world.pass(30 * MINUTE - 1);
    expect(phaseOf(world.state)).toBe('ready');
    world.pass(1);
    expect(phaseOf(world.state)).toBe('stopping');
    world.drain();
    expect([world.isEmpty, world.ends, world.audit]).toEqual([
      true,
      1,
      ['preview.create', 'preview.expire', 'preview.gone'],
    ]);
  });

  test('is renewed and redeployed by a push, and a slow build does not eat its time [D4]', () => {
    const world = ready();
    world.pass(20 * MINUTE);
    world.pull.head = commit('b');
    world.tell(world.event('synchronize'));
    while (!world.tasks.every(({ what }) => what === 'build' || what === 'follow')) {
      world.finish(world.tasks.findIndex(({ what }) => what !== 'build' && what !== 'follow'));
    }
    world.pass(2 * HOUR);
    expect(phaseOf(world.state)).toBe('creating');
    world.drain();
    expect(world.live).toEqual({ web: commit('b'), api: commit('b') });
    expect(previewView(world.state).expiresAt).toBe(world.now + 30 * MINUTE);
  });

  test('that is asked for again at the same commit is renewed, and deployed again only where it failed [D1]', () => {
    const world = ready();
    const { services } = world.state;
    world.pass(10 * MINUTE);
    create(world);
    world.drain();
    expect(world.state.services.map(({ releaseId }) => releaseId)).toEqual(services.map(({ releaseId }) => releaseId));
    expect(previewView(world.state).expiresAt).toBe(world.now + 30 * MINUTE);

    world.faults.release = true;
    world.pull.head = commit('b');
    world.tell(world.event('synchronize'));
    world.drain();
    expect(phaseOf(world.state)).toBe('failed');
    // What served before serves on.
    expect(previewView(world.state).services).toMatchObject([
      { state: 'failed', commit: commit('a'), failure: { message: 'no' } },
      { state: 'failed', commit: commit('a') },
    ]);
    world.faults.release = false;
    create(world);
    world.drain();
    expect([phaseOf(world.state), world.live]).toEqual(['ready', { web: commit('b'), api: commit('b') }]);
  });

  test('is extended by what was asked for, up to the most that the rules give, once for an order [D1]', () => {
    const world = ready();
    const from = previewView(world.state).expiresAt ?? 0;
    const order = world.request({ kind: 'extend', forMs: 2 * HOUR });
    expect(world.answer(order)).toEqual({ kind: 'extended', expiresAt: from + 2 * HOUR, isMost: false });
    world.request({ kind: 'extend', forMs: 2 * HOUR }, order);
    expect(previewView(world.state).expiresAt).toBe(from + 2 * HOUR);
    const most = world.request({ kind: 'extend', forMs: 30 * 24 * HOUR });
    expect(world.answer(most)).toEqual({ kind: 'extended', expiresAt: world.now + 24 * HOUR, isMost: true });
    // A push does not take it away.
    world.pull.head = commit('b');
    world.tell(world.event('synchronize'));
    world.drain();
    expect(previewView(world.state).expiresAt).toBe(world.now + 24 * HOUR);
  });

  test.each([
    ['nobody has asked for one', () => undefined, 'There is no preview'],
    [
      'it waits in line',
      (world: World) => {
        world.rivals(9);
        create(world);
        world.drain();
      },
      'waits for a free slot',
    ],
  ])('is not extended while %s [D1]', (_, make, why) => {
    const world = createPreviewWorld();
    make(world);
    const order = world.request({ kind: 'extend', forMs: HOUR });
    expect(world.answer(order)).toMatchObject({ kind: 'refused', why: expect.stringContaining(why) });
  });

  test('of a pull request without one is not stopped, and says so [D1]', () => {
    const world = createPreviewWorld();
    const order = world.request({ kind: 'stop' });
    expect(world.answer(order)).toMatchObject({ kind: 'refused', why: expect.stringContaining('no preview') });
  });

  test('is refused in words where the default branch has no rules for it, and where forks are off [D1]', () => {
    const none = createPreviewWorld({ known: false, why: 'landfall.yaml on main has no "previews".' });
    const order = create(none);
    none.drain();
    expect(none.answer(order)).toEqual({ kind: 'refused', why: 'landfall.yaml on main has no "previews".' });
    const off = createPreviewWorld({ ...RULES, rules: { ...RULES.rules, forks: 'refuse' } });
    off.pull.fork = true;
    const fork = create(off);
    off.drain();
    expect(off.answer(fork)).toMatchObject({ kind: 'refused', why: expect.stringContaining('forks') });
    expect([none.ends, none.isEmpty, off.ends, off.isEmpty]).toEqual([1, true, 1, true]);
  });

  test('of a fork stays at the commit that was named, and says that the head is another one [D1]', () => {
    const world = createPreviewWorld();
    world.pull.fork = true;
    create(world);
    world.drain();
    world.pull.head = commit('b');
    world.tell(world.event('synchronize'));
    world.drain();
    expect(world.live).toEqual({ web: commit('a'), api: commit('a') });
    expect(previewView(world.state).note).toMatchObject({ kind: 'fork-moved', commit: commit('b') });
    create(world);
    world.drain();
    expect(world.live).toEqual({ web: commit('b'), api: commit('b') });
  });

  test('waits in line with its place while there is no room, and is made when there is [D5]', () => {
    const world = createPreviewWorld();
    world.rivals(7);
    create(world);
    world.drain();
    expect([phaseOf(world.state), previewView(world.state).place, world.live]).toEqual(['waiting', 3, {}]);
    for (let index = 0; index < 3; index += 1) world.endRival(index);
    world.drain();
    expect([phaseOf(world.state), previewView(world.state).place]).toEqual(['ready', null]);
  });

  test('does not wait in line for ever, and leaves it on stop [D4]', () => {
    const world = createPreviewWorld();
    world.rivals(9);
    create(world);
    world.wait();
    expect([world.isEmpty, world.ends]).toEqual([true, 1]);
    create(world);
    world.drain();
    world.request({ kind: 'stop' });
    world.drain();
    expect([world.isEmpty, world.ends]).toEqual([true, 2]);
  });

  test('comes by itself for a label or an author of the rules, in any letter case, but not from a fork [D1]', () => {
    const label = createPreviewWorld();
    label.tell(label.event('labeled', ['PREVIEW']));
    label.drain();
    expect(phaseOf(label.state)).toBe('ready');
    const author = createPreviewWorld();
    author.pull.author = 'OctoCat';
    author.tell(author.event('opened'));
    author.drain();
    expect([phaseOf(author.state), previewView(author.state).owner?.name]).toEqual(['ready', 'OctoCat']);
    const other = createPreviewWorld();
    other.tell(other.event('opened', ['bug']));
    other.drain();
    expect([other.isEmpty, other.audit]).toEqual([true, []]);
    const fork = createPreviewWorld();
    fork.pull.fork = true;
    fork.tell(fork.event('opened', ['preview']));
    fork.drain();
    expect([fork.isEmpty, fork.audit]).toEqual([true, []]);
  });

  test('that a person has stopped does not come back by itself, only when somebody asks [D4]', () => {
    const world = createPreviewWorld();
    world.tell(world.event('opened', ['preview']));
    world.drain();
    world.request({ kind: 'stop' });
    world.drain();
    world.tell(world.event('synchronize', ['preview']));
    world.wait();
    expect(world.isEmpty).toBe(true);
    create(world);
    world.drain();
    expect(phaseOf(world.state)).toBe('ready');
  });

  test('whose removal is refused, as by a lock, is tried again until it is gone [D4]', () => {
    const world = ready();
    world.faults.removal = 40;
    world.request({ kind: 'stop' });
    world.drain();
    expect(previewView(world.state)).toMatchObject({
      phase: 'stopping',
      services: [{ state: 'removing', failure: { message: 'bob has it locked' } }, { state: 'removing' }],
    });
    world.wait();
    expect([world.isEmpty, world.ends]).toEqual([true, 1]);
  });

  test('that somebody destroys meanwhile says so, ends with its last environment, and stays away [D4]', () => {
    const world = ready();
    world.destroy('web', { kind: 'github', name: 'bob' });
    world.drain();
    expect(previewView(world.state)).toMatchObject({ phase: 'failed' });
    expect(previewView(world.state).services[0]?.failure?.message).toMatch(/bob destroyed it/);
    world.destroy('api', { kind: 'github', name: 'bob' });
    world.drain();
    expect([world.isEmpty, world.ends]).toEqual([true, 1]);
    world.tell(world.event('synchronize', ['preview']));
    world.drain();
    expect(world.isEmpty).toBe(true);
  });

  test('whose release is never heard of again is taken for lost, and its end comes all the same [D4]', () => {
    const world = createPreviewWorld();
    create(world);
    for (let left = 100; left > 0 && world.tasks.some(({ what }) => what !== 'build'); left -= 1) {
      world.finish(world.tasks.findIndex(({ what }) => what !== 'build'));
    }
    world.tasks.splice(0);
    expect(phaseOf(world.state)).toBe('creating');
    world.pass(3 * HOUR);
    expect(previewView(world.state).services[0]?.failure?.message).toMatch(/not been heard of/);
    world.wait();
    expect(world.isEmpty).toBe(true);
  });
});

describe('whatever the order of events', () => {
  const EVENTS = ['opened', 'synchronize', 'synchronize', 'closed'] as const;
  const orders = permutations([0, 1, 2, 3]);
  const EXTRAS = ['none', 'create', 'stop', 'extend', 'create twice'] as const;
  const WAYS: Readonly<Record<string, (count: number) => number>> = {
    'first come': () => 0,
    'last come': (count) => count - 1,
    middle: (count) => Math.floor(count / 2),
  };

  test.each(Object.entries(WAYS))(
    'nothing is left after the close, with what is under way ending %s first [D4]',
    (_, way) => {
      let played = 0;
      for (const order of orders) {
        for (const extra of EXTRAS) {
          for (let at = 0; at <= order.length; at += 1) {
            for (const eager of [true, false]) {
              const world = createPreviewWorld();
              const changes = EVENTS.map((action, index) => {
                world.pull.head = commit('abcd'.charAt(index));
                return world.event(action, ['preview']);
              });
              // What is true by the time of the first event: everything has happened.
              world.pull.state = 'closed';
              for (const [index, event] of order.entries()) {
                if (index === at) say(world, extra);
                const change = changes[event];
                if (change) world.tell(change);
                if (eager) world.drain(way);
              }
              if (at === order.length) say(world, extra);
              world.drain(way);
              played += 1;
              expect({ order, extra, at, eager, empty: world.isEmpty }).toEqual({
                order,
                extra,
                at,
                eager,
                empty: true,
              });
            }
          }
        }
      }
      expect(played).toBe(24 * 5 * 5 * 2);
    },
  );

  test.each(Object.entries(WAYS))(
    'the head is there while it is open, with what is under way ending %s first [D4]',
    (_, way) => {
      for (const order of permutations([0, 1, 2])) {
        for (const eager of [true, false]) {
          const world = createPreviewWorld();
          const changes = [0, 1, 2].map((index) => {
            world.pull.head = commit('abc'.charAt(index));
            return world.event(EVENTS[index] ?? 'opened', ['preview']);
          });
          for (const event of order) {
            const change = changes[event];
            if (change) world.tell(change);
            if (eager) world.drain(way);
          }
          world.drain(way);
          expect(world.live).toEqual({ web: commit('c'), api: commit('c') });
          // The close event is lost.
          world.pull.state = 'closed';
          world.wait(way);
          expect(world.isEmpty).toBe(true);
        }
      }
    },
  );

  function say(world: World, extra: (typeof EXTRAS)[number]): void {
    if (extra === 'stop') world.request({ kind: 'stop' });
    if (extra === 'extend') world.request({ kind: 'extend', forMs: HOUR });
    if (extra === 'create' || extra === 'create twice') create(world);
    if (extra === 'create twice') create(world);
  }
});

test('of thousands of stories, each ends with nothing left, and with the head where it is wanted [D4][D5]', () => {
  const action = fc.oneof(
    fc.constantFrom(
      'push',
      'close',
      'reopen',
      'label',
      'create',
      'extend',
      'stop',
      'destroy',
      'fail',
      'heal',
      'locked',
    ),
    fc.constantFrom('finish', 'finish', 'finish', 'minutes', 'half an hour', 'hours', 'rivals', 'room'),
  );
  const last = fc.constantFrom('close', 'close unseen', 'stop', 'time');
  fc.assert(
    fc.property(
      fc.array(action, { maxLength: 40 }),
      last,
      fc.infiniteStream(fc.nat({ max: 1_000 })),
      (actions, how, stream) => {
        const choose = (count: number) => (stream.next().value as number) % count;
        const world = createPreviewWorld();
        let isTold = true;
        for (const one of actions) play(world, one, choose);
        isTold = !actions.includes('close') && !actions.includes('reopen');
        world.faults.release = false;
        if (isTold) {
          world.drain(choose);
          for (let index = 0; index < 9; index += 1) world.endRival(index);
          world.drain(choose);
          const { wanted } = world.state;
          const isFine = phaseOf(world.state) === 'ready';
          if (wanted && isFine) expect(world.live).toEqual({ web: world.pull.head, api: world.pull.head });
          if (wanted) expect(['ready', 'failed']).toContain(phaseOf(world.state));
        }
        if (how.startsWith('close')) {
          world.pull.state = 'closed';
          if (how === 'close') world.tell(world.event('closed'));
        }
        if (how === 'stop') world.request({ kind: 'stop' });
        world.wait(choose);
        expect({ empty: world.isEmpty, tasks: world.tasks.length }).toEqual({ empty: true, tasks: 0 });
      },
    ),
    { numRuns: 3_000 },
  );
}, 120_000);

function play(world: World, action: string, choose: (count: number) => number): void {
  const later = (change: ReturnType<World['event']>) =>
    world.tasks.push({ what: 'event', run: () => world.tell(change) });
  switch (action) {
    case 'push':
      world.pull.head = 'abcdef'.charAt(choose(6)).repeat(40);
      return void later(world.event('synchronize', ['preview']));
    case 'close':
      world.pull.state = 'closed';
      return void later(world.event('closed'));
    case 'reopen':
      world.pull.state = 'open';
      return void later(world.event('reopened', ['preview']));
    case 'label':
      return void later(world.event('labeled', ['preview']));
    case 'create':
      return void create(world);
    case 'extend':
      return void world.request({ kind: 'extend', forMs: 2 * HOUR });
    case 'stop':
      return void world.request({ kind: 'stop' });
    case 'destroy':
      if (world.environments.get('web')?.stands) world.destroy('web', { kind: 'github', name: 'bob' });
      return;
    case 'fail':
      world.faults.release = true;
      return;
    case 'heal':
      world.faults.release = false;
      return;
    case 'locked':
      world.faults.removal = choose(4);
      return;
    case 'finish':
      if (world.tasks.length > 0) world.finish(choose(world.tasks.length));
      return;
    case 'minutes':
      world.pass(5 * MINUTE);
      return;
    case 'half an hour':
      world.pass(30 * MINUTE);
      return;
    case 'hours':
      world.pass(5 * HOUR);
      return;
    case 'rivals':
      world.rivals(8);
      return;
    case 'room':
      world.endRival(choose(8));
      return;
  }
}

function permutations(all: readonly number[]): readonly (readonly number[])[] {
  if (all.length === 0) return [[]];
  return all.flatMap((one) => permutations(all.filter((other) => other !== one)).map((rest) => [one, ...rest]));
}
