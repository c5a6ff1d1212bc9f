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
import type { DeploymentOutcome } from '../../../../contracts/deployment/states.ts';
import { lockRefusal, unlockRefusal } from '../../../../workflows/environment/machine/blocks.ts';
import { halted } from '../../../../workflows/environment/machine/ended.ts';
import { lock, pause, resume, unlock } from '../../../../workflows/environment/machine/people.ts';
import { isWhole } from '../../../../workflows/environment/machine/short-request.ts';
import { view } from '../../../../workflows/environment/machine/view.ts';
import { deploymentRequest } from '../../../support/simulation/fixtures.ts';
import { ENDS, ENDS_OF_GOING_BACK, FAILURES, Specification } from '../environment-specification.ts';
import type { Asked, Command, Failing, Person } from '../environment-specification.ts';
import { WORTH_DECIDING, WORTH_TELLING, WORTH_TIMING, machineStory, timedStory } from '../environment-stories.ts';
import type { Story } from '../environment-stories.ts';
import { KEY, Player } from './player.ts';

const RUNS = 4_000;
/** The begin of every story. */
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

const FAILS: Record<Failing, readonly [DeploymentOutcome, FailureType]> = {
  prepare: ['failed', FailureType.ImageNotFound],
  switchTo: ['rolled_back', FailureType.PortTaken],
  restore: ['rollback_failed', FailureType.RollbackFailed],
};

function requestOf({ sequence, cause, frozenMs, by, way }: Asked, mode: QueueMode, now: number): DeploymentRequest {
  const freeze = [{ kind: 'once' as const, from: 0, to: now + frozenMs, reason: 'a party' }];
  const request = usualOf(sequence);
  return {
    ...request,
    byName: cause !== 'event',
    ...((cause === 'hand' || cause === 'rollback' || way) && { byHand: true }),
    ...(cause === 'rollback' && { rollbackTo: idOf(0) }),
    ...(way && { rollbackTo: idOf(way.to), rollbackFrom: idOf(way.from) }),
    actor: actor(by),
    environment: { ...request.environment, queue: mode, ...(frozenMs > 0 && { freeze }) },
  };
}

function tell(player: Player, step: Command, mode: QueueMode): void {
  const { now } = player;
  switch (step.do) {
    case 'ask':
      // A release asks the same again, whenever it does.
      player.ask(player.requested(idOf(step.sequence)) ?? requestOf(step, mode, now));
      break;
    case 'finish':
      player.end('live');
      break;
    case 'fail': {
      const [outcome, type] = FAILS[step.at];
      player.end(outcome, { type, message: '' });
      break;
    }
    case 'halt':
    case 'go-on': {
      const why = step.do === 'halt' ? 'it waits for somebody' : null;
      const runs = player.state.running?.request.deploymentId ?? '';
      player.tell((state) => ({ state: halted(state, runs, why), effects: [] }));
      break;
    }
    case 'mend':
      player.mend();
      break;
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

/** The machine's own report, and its answers. */
function seen({ state, now, answers, host, orderedAgain }: Player) {
  const { running, halted: why, split, waiting, live, previous, lock: locked, pause: paused, hold } = view(state, now);
  return {
    running,
    waiting: waiting.map(({ deploymentId }) => deploymentId),
    live: live?.deploymentId ?? null,
    previous: previous?.deploymentId ?? null,
    lock: locked?.owner.name ?? null,
    paused: Boolean(paused),
    hold: hold?.deploymentId ?? null,
    halted: why !== undefined,
    split: split !== undefined,
    serving: host.serving?.deploymentId ?? null,
    orderedAgain: orderedAgain.map(({ from, to }) => [from.deploymentId, to.deploymentId]),
    // A request that is repeated is answered the same again.
    ended: Object.fromEntries([...answers].map(([id, all]) => [id, [...new Set(all.map(described))]])),
  };
}

function specified(specification: Specification) {
  const { running, waiting, live, previous, lock: locked, paused, hold, ended } = specification;
  const { halted: isHalted, split, serving, orderedAgain } = specification;
  const named = (sequence: number | null) => (sequence === null ? null : idOf(sequence));
  return {
    running: named(running?.sequence ?? null),
    waiting: waiting.map(({ sequence }) => idOf(sequence)),
    live: named(live),
    previous: named(previous),
    ...{ lock: locked?.owner ?? null, paused, hold: named(hold), halted: isHalted },
    split: split !== null,
    serving: named(serving),
    orderedAgain: orderedAgain.map(({ from, to }) => [idOf(from), idOf(to)]),
    ended: Object.fromEntries([...ended].map(([sequence, how]) => [idOf(sequence), [how]])),
  };
}

/** A rollback without a target is ordered from what the environment answers then; `null`: it is refused before. */
function withWay(step: Command, { wayBack }: Specification): Command | null {
  if (step.do !== 'ask' || step.cause !== 'back') return step;
  return wayBack && { ...step, way: wayBack };
}

/** @throws when the machine is somewhere else than its specification says, after any command */
function play({ mode, commands }: Story, renews: boolean, { tickMs = 0, shortens = false } = {}) {
  const player = new Player({ now: ORIGIN, renews, shortens });
  const specification = new Specification(mode);
  const pass = (until: number) => {
    const began = specification.began.size;
    specification.pass(until);
    player.pass(ORIGIN + until);
    return specification.began.size - began;
  };
  let byTime = 0;
  for (const [index, told] of commands.entries()) {
    const step = withWay(told, specification);
    if (!step) continue;
    byTime += pass(step.do === 'wait' ? (specification.endsAt ?? specification.now) : specification.now + tickMs);
    // It has waited already.
    if (step.do !== 'wait') specification.apply(step);
    tell(player, step, mode);
    const [real, wanted] = [seen(player), specified(specification)];
    const story = { mode, commands: commands.slice(0, index + 1) };
    // Asking `expect` each time would take most of the time.
    if (!isDeepStrictEqual(real, wanted)) expect({ story, ...real }).toEqual({ story, ...wanted });
  }
  return { player, ends: [...specification.ended.values()], byTime };
}

describe('the machine inside an environment', () => {
  test('is where its specification says, whatever is asked, finished, failed, cancelled, locked, paused, frozen, halted, rolled back and mended, in one run or in a new one after every step, with all requests short or whole, in 4,000 stories [D6][E9][F1][F2]', () => {
    const ends = new Set<string>();
    const seenToo = { orderedAgain: 0, askedForWhole: 0 };
    fc.assert(
      fc.property(machineStory, fc.boolean(), fc.boolean(), (one, renews, shortens) => {
        const { player, ends: all } = play(one, renews, { shortens });
        for (const end of all) ends.add(end);
        seenToo.orderedAgain += player.orderedAgain.length;
        seenToo.askedForWhole += player.askedForWhole;
        expect(player.ran.every(isWhole)).toBe(true);
      }),
      {
        numRuns: RUNS,
        examples: [...WORTH_TELLING, ...WORTH_DECIDING].flatMap((one) => [
          [one, true, true],
          [one, false, false],
        ]),
      },
    );
    // All of it was seen, not only what is frequent.
    expect([...ends].toSorted()).toEqual([...new Set([...ENDS, ...ENDS_OF_GOING_BACK])].toSorted());
    expect(Object.values(FAILURES).every((how) => ends.has(how))).toBe(true);
    expect(seenToo.orderedAgain).toBeGreaterThan(0);
    expect(seenToo.askedForWhole).toBeGreaterThan(0);
  });

  test('lets go on what a freeze or a lock keeps waiting at the very moment in which it ends, in 4,000 stories [E9][F2]', () => {
    let byTime = 0;
    fc.assert(
      fc.property(timedStory, fc.boolean(), (one, renews) => {
        byTime += play(one, renews, { tickMs: TICK_MS }).byTime;
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
        player.recall({ live: known, previous: null, lock: null, pause: null, hold: null, change: 0 });
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
