/**
 * The machine inside the environment against its specification: the code that the workflow runs, in thousands of the
 * stories of which environment-model.test.ts plays some with the real workflow, its host and the store.
 */
import { isDeepStrictEqual } from 'node:util';
import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Actor } from '../../../../contracts/core/actor.ts';
import { FailureType } from '../../../../contracts/core/failures.ts';
import type { QueueMode } from '../../../../contracts/config/queue-mode.ts';
import type { DeploymentRequest, DeploymentResult } from '../../../../contracts/deployment/deployment.ts';
import { lockRefusal, unlockRefusal } from '../../../../workflows/environment/machine/blocks.ts';
import { lock, pause, resume, unlock } from '../../../../workflows/environment/machine/people.ts';
import { view } from '../../../../workflows/environment/machine/view.ts';
import { isOnePerson } from '../../../../contracts/core/actor.ts';
import { deploymentRequest } from '../../../support/simulation/fixtures.ts';
import { ENDS, FAILURES, Specification } from '../environment-specification.ts';
import type { Asked, Command, Person } from '../environment-specification.ts';
import { WORTH_TELLING, WORTH_TIMING, story, timedStory } from '../environment-stories.ts';
import type { Story } from '../environment-stories.ts';
import { KEY, Player } from './player.ts';

const RUNS = 4_000;
/** When every story begins. */
const ORIGIN = Date.UTC(2026, 0, 1);
/** Between two commands; what holds for seconds ends meanwhile. */
const TICK_MS = 700;

const usual = new Map<number, DeploymentRequest>();
beforeAll(() => {
  for (let sequence = 0; sequence <= 6; sequence += 1) {
    usual.set(sequence, deploymentRequest({ key: KEY, sequence, hosts: ['host-a'] }));
  }
});
const usualOf = (sequence: number): DeploymentRequest => {
  const request = usual.get(sequence);
  if (!request) throw new Error(`There is no request ${String(sequence)}.`);
  return request;
};
const idOf = (sequence: number): string => usualOf(sequence).deploymentId;
const actor = (name: Person): Actor => ({ kind: 'github', name });

function requestOf({ sequence, cause, frozenMs, by }: Asked, mode: QueueMode, now: number): DeploymentRequest {
  const freeze = [{ kind: 'once' as const, from: 0, to: now + frozenMs, reason: 'a party' }];
  const request = usualOf(sequence);
  return {
    ...request,
    byName: cause !== 'event',
    ...((cause === 'hand' || cause === 'rollback') && { byHand: true }),
    ...(cause === 'rollback' && { rollbackTo: idOf(0) }),
    actor: actor(by),
    environment: { ...request.environment, queue: mode, ...(frozenMs > 0 && { freeze }) },
  };
}

function tell(player: Player, step: Command, mode: QueueMode): void {
  const { now } = player;
  switch (step.do) {
    case 'ask':
      player.ask(requestOf(step, mode, now));
      break;
    case 'finish':
      player.end('live');
      break;
    case 'fail': {
      const type = step.at === 'prepare' ? FailureType.ImageNotFound : FailureType.PortTaken;
      player.end(step.at === 'prepare' ? 'failed' : 'rolled_back', { type, message: '' });
      break;
    }
    case 'cancel':
      player.cancel(idOf(step.sequence));
      break;
    case 'lock': {
      const request = { by: actor(step.by), reason: '', forMs: step.forMs };
      if (lockRefusal(player.state, request, now) === null) player.tell((state) => lock(state, request, now));
      break;
    }
    case 'unlock': {
      const request = { by: actor(step.by), force: step.force };
      if (unlockRefusal(player.state, request, now) === null) player.tell((state) => unlock(state, request, now));
      break;
    }
    case 'pause':
      player.tell((state) => pause(state, { by: actor('ann'), reason: '' }, now));
      break;
    case 'resume':
      player.tell((state) => resume(state, { by: actor('ann') }, now));
      break;
    case 'renew':
      player.renew();
      break;
    case 'wait':
      break;
  }
}

const described = ({ outcome, failure }: DeploymentResult): string => outcome + (failure ? `: ${failure.type}` : '');

/** What the machine says of itself, and what it has answered. */
function seen({ state, now, answers }: Player) {
  const {
    running,
    waiting,
    live,
    previous,
    lock: locked,
    pause: paused,
    hold,
  } = view(state, {
    now,
    isOwner: isOnePerson,
  });
  return {
    running,
    waiting: waiting.map(({ deploymentId }) => deploymentId),
    live: live?.deploymentId ?? null,
    previous: previous?.deploymentId ?? null,
    lock: locked?.owner.name ?? null,
    paused: Boolean(paused),
    hold: hold?.deploymentId ?? null,
    // A request that is repeated is answered the same again.
    ended: Object.fromEntries([...answers].map(([id, all]) => [id, [...new Set(all.map(described))]])),
  };
}

function specified({ running, waiting, live, previous, lock: locked, paused, hold, ended }: Specification) {
  const named = (sequence: number | null) => (sequence === null ? null : idOf(sequence));
  return {
    running: named(running?.sequence ?? null),
    waiting: waiting.map(({ sequence }) => idOf(sequence)),
    live: named(live),
    previous: named(previous),
    ...{ lock: locked?.owner ?? null, paused, hold: named(hold) },
    ended: Object.fromEntries([...ended].map(([sequence, how]) => [idOf(sequence), [how]])),
  };
}

/** @throws where the machine is somewhere else than its specification says, after any command */
function play({ mode, commands }: Story, renews: boolean, tickMs = 0) {
  const player = new Player({ now: ORIGIN, renews });
  const specification = new Specification(mode);
  const pass = (until: number) => {
    const began = specification.began.size;
    specification.pass(until);
    player.pass(ORIGIN + until);
    return specification.began.size - began;
  };
  let byTime = 0;
  for (const [index, step] of commands.entries()) {
    byTime += pass(step.do === 'wait' ? (specification.endsAt ?? specification.now) : specification.now + tickMs);
    // It has waited already.
    if (step.do !== 'wait') specification.apply(step);
    tell(player, step, mode);
    const [real, wanted] = [seen(player), specified(specification)];
    const told = commands.slice(0, index + 1);
    // Asking `expect` each time would take most of the time.
    if (!isDeepStrictEqual(real, wanted)) expect({ told, mode, ...real }).toEqual({ told, mode, ...wanted });
  }
  return { player, ends: [...specification.ended.values()], byTime };
}

describe('the machine inside an environment', () => {
  test('is where its specification says, whatever is asked, finished, failed, cancelled, locked, paused, frozen and rolled back, in one run or in a new one after every step, in 4,000 stories [E9][F2]', () => {
    const ends = new Set<string>();
    fc.assert(
      fc.property(story, fc.boolean(), (one, renews) => {
        for (const end of play(one, renews).ends) ends.add(end);
      }),
      {
        numRuns: RUNS,
        examples: WORTH_TELLING.map((one) => [one, true]),
      },
    );
    // All of it was seen, not only what is frequent.
    expect([...ends].toSorted()).toEqual(ENDS.toSorted());
    expect(Object.values(FAILURES).every((how) => ends.has(how))).toBe(true);
  });

  test('lets go on what a freeze or a lock keeps waiting at the very moment in which it ends, in 4,000 stories [E9][F2]', () => {
    let byTime = 0;
    fc.assert(
      fc.property(timedStory, fc.boolean(), (one, renews) => {
        byTime += play(one, renews, TICK_MS).byTime;
      }),
      { numRuns: RUNS, examples: WORTH_TIMING.map((one) => [one, true]) },
    );
    expect(byTime).toBeGreaterThan(300);
  });

  test('begins nothing before the store has answered, then hears everyone in their order, and never those who left [E9][F1]', () => {
    const requests = fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { minLength: 1 });
    fc.assert(
      fc.property(requests, fc.subarray([1, 2, 3, 4, 5, 6]), (asked, cancelled) => {
        const player = new Player({ now: ORIGIN, recalls: true });
        for (const sequence of asked) player.ask({ ...usualOf(sequence), byName: true });
        const left = cancelled.filter((sequence) => asked.includes(sequence));
        for (const sequence of left) player.cancel(idOf(sequence));
        expect(player.ran).toEqual([]);
        expect(seen(player).waiting).toEqual(asked.filter((one) => !left.includes(one)).map(idOf));
        const { deploymentId, commit, image, digest, sequence } = usualOf(0);
        const known = { deploymentId, commit, image, digest, sequence, generation: 70 };
        player.recall({ live: known, previous: null, hold: null });
        while (player.state.running) player.end('live');
        const ran = asked.filter((one) => !left.includes(one));
        expect(player.ran.map((one) => one.sequence)).toEqual(ran);
        expect(player.lives.map(({ generation }) => generation)).toEqual(ran.map((_, index) => 71 + index));
        for (const one of left) expect(player.answers.get(idOf(one))?.at(-1)?.outcome).toBe('cancelled');
        expect([...player.answers.keys()].toSorted()).toEqual(asked.map(idOf).toSorted());
      }),
      { numRuns: 500 },
    );
  });
});
