/** Thousands of orders of arrival against what an environment promises: never backwards, none forgotten. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { DeploymentRequest, LiveDeployment } from '../../../../contracts/deployment/deployment.ts';
import { carry } from '../../../../workflows/environment/machine/carry.ts';
import { pause, resume } from '../../../../workflows/environment/machine/people.ts';
import { deploymentRequest } from '../../../support/simulation/fixtures.ts';
import { KEY, Player } from './player.ts';

/** The next event: a request comes, new or once more; the running one ends; a person pauses or resumes. */
type Event =
  | { readonly arrives: number }
  | { readonly ends: true }
  | { readonly pause: true }
  | { readonly resume: true };

const MOST = 8;
const REQUESTS = Array.from({ length: MOST }, (_, index) =>
  deploymentRequest({ key: KEY, sequence: index + 1, hosts: ['host-a'] }),
);
const ann = { kind: 'github', name: 'ann' } as const;

const hand = { byName: true, byHand: true } as const;
const cause = fc.constantFrom(
  ...[{ byName: false }, { byName: false }, { byName: true }, hand, { ...hand, rollbackTo: 'shop.web.production.0' }],
);
const asked = fc.record({ cause, fails: fc.boolean() }).map(({ cause: why, fails }) => ({ ...why, fails }));
const event = (count: number): fc.Arbitrary<Event> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ arrives: fc.nat(count - 1) }) },
    { weight: 3, arbitrary: fc.constant({ ends: true as const }) },
    { weight: 1, arbitrary: fc.constantFrom<Event>({ pause: true }, { resume: true }) },
    { weight: 1, arbitrary: fc.constant({ resume: true as const }) },
  );
const story = fc.array(asked, { minLength: 1, maxLength: MOST }).chain((all) =>
  fc.record({
    all: fc.constant(all),
    mode: fc.constantFrom('fifo' as const, 'supersede' as const),
    events: fc.array(event(all.length), { maxLength: 30 }),
    renews: fc.boolean(),
  }),
);
type Story = typeof story extends fc.Arbitrary<infer T> ? T : never;

function play({ all, mode, events, renews }: Story) {
  const requests = all.flatMap(({ fails: _fails, ...one }, index): DeploymentRequest[] => {
    const usual = REQUESTS[index];
    return usual ? [{ ...usual, ...one, environment: { ...usual.environment, queue: mode } }] : [];
  });
  const failing = new Set(all.flatMap(({ fails }, index) => (fails ? [index + 1] : [])));
  const player = new Player({ renews });
  /** The versions that went live, and the resumes between them. */
  const told: (LiveDeployment | 'resumed')[] = [];
  const end = () => {
    const { running } = player.state;
    if (running) player.end(failing.has(running.request.sequence) ? 'failed' : 'live');
    const live = player.lives.at(-1);
    if (live && !told.includes(live)) told.push(live);
  };
  for (const happens of events) {
    player.pass(player.now + 1);
    const newcomer = 'arrives' in happens ? requests[happens.arrives] : undefined;
    if (newcomer) player.ask(newcomer);
    else if ('pause' in happens) player.tell((state) => pause(state, { by: ann, reason: '' }, player.now));
    else if ('resume' in happens) {
      player.tell((state) => resume(state, { by: ann }, player.now));
      told.push('resumed');
    } else end();
  }
  // Then all arrive at last, nothing is paused, and there is time.
  player.tell((state) => ({ state: { ...state, pause: null }, effects: [] }));
  for (const request of requests) player.ask(request);
  while (player.state.running) end();
  return { requests, player, told };
}

describe('the line in front of an environment', () => {
  test('never goes backwards by itself, in 3,000 shuffled stories with repeats, failures and pauses [E9]', () => {
    fc.assert(
      fc.property(story, (one) => {
        const { requests, player } = play(one);
        for (const [index, live] of player.lives.entries()) {
          const before = player.lives[index - 1];
          const { byName } = requests[live.sequence - 1] ?? {};
          if (!byName && before) expect(live.sequence).toBeGreaterThan(before.sequence);
          // The fence only ever grows.
          if (before) expect(live.generation).toBeGreaterThan(before.generation);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  test('lets nothing automatic follow a rollback by hand until somebody deploys by hand or resumes, in 3,000 shuffled stories [E6][E9]', () => {
    fc.assert(
      fc.property(story, (one) => {
        const { requests, told } = play(one);
        for (const [index, live] of told.entries()) {
          const before = told[index - 1];
          const follows = before !== undefined && before !== 'resumed' && before.rollbackTo !== undefined;
          if (follows && live !== 'resumed') expect(requests[live.sequence - 1]?.byHand).toBe(true);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  test('gives each request one end, the same however often it is asked, runs it at most once, and skips none that is asked for by name [E9]', () => {
    fc.assert(
      fc.property(story, (one) => {
        const { requests, player } = play(one);
        const { answers, ran } = player;
        expect([...answers.keys()].toSorted()).toEqual(requests.map(({ deploymentId }) => deploymentId).toSorted());
        for (const all of answers.values()) expect(new Set(all.map(({ outcome }) => outcome)).size).toBe(1);
        expect(new Set(ran.map(({ deploymentId }) => deploymentId)).size).toBe(ran.length);
        for (const { byName, deploymentId } of requests) {
          if (byName) expect(answers.get(deploymentId)?.[0]?.outcome).not.toBe('superseded');
        }
      }),
      { numRuns: 3_000 },
    );
  });

  test('ends with the newest one live, whatever arrived when, if nothing fails and all are automatic [E9]', () => {
    fc.assert(
      fc.property(story, (one) => {
        const { requests, player } = play({ ...one, all: one.all.map(() => ({ byName: false, fails: false })) });
        expect(player.state.live?.sequence).toBe(requests.length);
      }),
      { numRuns: 3_000 },
    );
  });

  test('stays small enough to be carried, whatever waits; the short ones are whole again when they run [E9][F1]', () => {
    const player = new Player();
    player.tell((state) => pause(state, { by: ann, reason: '' }, 0));
    const large = (sequence: number): DeploymentRequest => {
      const usual = deploymentRequest({ key: KEY, sequence, hosts: ['host-a'] });
      const run = { ...usual.settings.run, env: { BIG: 'x'.repeat(20_000) } };
      return { ...usual, byName: true, settings: { ...usual.settings, run } };
    };
    const requests = Array.from({ length: 300 }, (_, index) => large(index + 1));
    for (const request of requests) player.ask(request);
    expect(JSON.stringify(carry(player.state, {}, 0)).length).toBeLessThan(1_000_000);
    player.renew();

    player.tell((state) => resume(state, { by: ann }, 0));
    while (player.state.running) player.end('live');
    expect(player.answers.size).toBe(300);
    expect(player.ran).toEqual(requests.slice(0, player.ran.length));
    expect(player.ran.length).toBeGreaterThan(100);
  });
});
