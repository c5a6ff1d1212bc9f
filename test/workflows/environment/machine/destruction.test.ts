/** An environment that is destroyed, as data: what ends, what waits, and what begins anew. */
import { expect, test } from '@jest/globals';
import { ask } from '../../../../workflows/environment/machine/ask.ts';
import { beginAs, carry } from '../../../../workflows/environment/machine/carry.ts';
import {
  beginDestruction,
  destroyed,
  hasNoMore,
  mayDestroy,
  orderDestruction,
} from '../../../../workflows/environment/machine/destruction.ts';
import { ended, hears, landed, recalled } from '../../../../workflows/environment/machine/ended.ts';
import { result } from '../../../../workflows/environment/machine/outcomes.ts';
import type { State, Step } from '../../../../workflows/environment/machine/state.ts';
import { mayBegin, turn } from '../../../../workflows/environment/machine/turn.ts';
import { view } from '../../../../workflows/environment/machine/view.ts';
import { deploymentRequest } from '../../../support/simulation/fixtures.ts';

const KEY = { project: 'shop', service: 'web', environment: 'staging' };
const BY = { kind: 'github', name: 'ann' } as const;
const NOW = 1_000_000;
const request = (sequence: number) => deploymentRequest({ key: KEY, sequence, hosts: ['host-a'] });
const renewed = (state: State) => beginAs(carry(state, {}, NOW), { generation: 1, recalls: false });
const answered = ({ effects }: Step) =>
  effects.flatMap((one) => (one.kind === 'answer' ? [[one.request.sequence, one.ending.failure?.type]] : []));

/** The first one runs, the second waits. */
function busy(): State {
  const fresh = beginAs({ key: KEY }, { generation: 10, recalls: false });
  const first = turn(ask(fresh, request(1), NOW).state, NOW)?.state ?? fresh;
  return ask(first, request(2), NOW).state;
}

test('what waits ends with the reason, what runs is stopped, and nothing begins before that [F1][E9]', () => {
  const ordered = orderDestruction(busy(), { by: BY, through: 2 }, NOW);
  expect(answered(ordered)).toEqual([[2, 'EnvironmentDestroyed']]);
  expect(ordered.effects).toContainEqual({ kind: 'stop', deploymentId: request(1).deploymentId });
  expect(orderDestruction(ordered.state, { by: { ...BY, name: 'bob' }, through: 9 }, NOW)).toEqual({
    state: ordered.state,
    effects: [],
  });
  expect([mayDestroy(ordered.state), turn(ordered.state, NOW)]).toEqual([false, null]);
  // Released before and asked for only now, or asked for afterwards: one ends, the other waits.
  const late = ask(ordered.state, request(2), NOW);
  expect(late.effects).toEqual([expect.objectContaining({ kind: 'answer' })]);
  const next = ask(late.state, request(3), NOW).state;
  expect(view(next, NOW).waiting).toEqual([
    {
      deploymentId: request(3).deploymentId,
      position: 1,
      why: expect.stringMatching(/^destroyed by ann; begins anew/),
    },
  ]);

  const over = ended(next, result(request(1), 'cancelled'), 'itself', NOW).state;
  expect(mayBegin(over, NOW)).toBe(true);
  // The order outlives a new run.
  expect(renewed(over).destruction).toEqual(over.destruction);
  expect(turn(renewed(over), NOW)?.effects).toEqual([
    { kind: 'destroy', input: { key: KEY, by: BY, at: NOW, through: 2, generation: over.generation + 1 } },
  ]);
});

test('then it begins anew with what waits, above all that was before; without that, its workflow ends [F1]', () => {
  const idle = beginAs({ key: KEY, generation: 10 }, { generation: 1, recalls: false });
  const ordered = orderDestruction(idle, { by: BY, through: 2 }, NOW).state;
  if (!ordered.destruction) throw new Error('it was ordered');
  const begun = beginDestruction(ordered, ordered.destruction).state;
  expect([mayDestroy(begun), turn(begun, NOW), hasNoMore(begun)]).toEqual([false, null, false]);
  const gone = destroyed(begun, { kind: 'gone', notes: [] }, NOW).state;
  expect([hasNoMore(gone), hasNoMore(renewed(gone))]).toEqual([true, true]);

  const waits = destroyed(ask(begun, request(3), NOW).state, { kind: 'gone', notes: [] }, NOW).state;
  expect(hasNoMore(waits)).toBe(false);
  const running = turn(waits, NOW)?.state;
  expect(running?.running?.version.generation).toBeGreaterThan(begun.generation + 1);
  expect(hasNoMore(running ?? waits)).toBe(false);

  // What was live before it is not live because it says so late.
  const old = { ...request(1), generation: begun.generation - 1, actor: BY };
  expect(landed(gone, old, NOW).state).toBe(gone);
  // One that has to read the store first knows the same.
  const end = { by: BY, at: NOW, through: 2, generation: begun.generation };
  const nothing = { live: null, previous: null, lock: null, pause: null, hold: null, change: 0, destroyed: end };
  const anew = recalled(beginAs({ key: KEY }, { generation: 1, recalls: true }), nothing);
  expect(anew.generation).toBe(begun.generation + 1);
  expect(hasNoMore(anew)).toBe(true);
  expect(answered(ask(anew, request(2), NOW))).toEqual([[2, 'EnvironmentDestroyed']]);
});

test('what cannot be taken away stays as it is, and is shown; what stops serving meanwhile is no news [F1][E8]', () => {
  const idle = beginAs(
    { key: KEY, generation: 10, live: { ...request(1), generation: 9 } },
    { generation: 1, recalls: false },
  );
  const ordered = orderDestruction(idle, { by: BY, through: 2 }, NOW).state;
  if (!ordered.destruction) throw new Error('it was ordered');
  const waits = { ...ordered.destruction, begun: true, places: [{ place: 'host-a', why: 'no worker' }] };
  const about = { deploymentId: request(1).deploymentId } as Parameters<typeof hears>[1]['about'];
  expect(
    hears({ ...ordered, destruction: waits }, { kind: 'outage', about } as Parameters<typeof hears>[1]).effects,
  ).toEqual([]);
  const failed = destroyed({ ...ordered, destruction: waits }, { kind: 'failed', why: 'a month' }, NOW);
  expect(view(failed.state, NOW)).toMatchObject({
    live: { deploymentId: request(1).deploymentId },
    split: [{ place: 'host-a', why: 'it was to be destroyed: no worker' }],
  });
  expect(failed.state.destruction).toBeNull();
  expect(JSON.stringify(failed.effects)).toContain('environment.destroy-failed');
});
