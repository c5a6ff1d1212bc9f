import { expect, test } from '@jest/globals';
import type { SlotRequest } from '../../../../contracts/deployment/preview.ts';
import {
  MAX_WAITING,
  grant,
  joinLine,
  leaveLine,
  places,
  type SlotLine,
} from '../../../../workflows/previews/machine/line.ts';

const EMPTY: SlotLine = { held: [], waiting: [] };
const LIMITS = { repository: 5, person: 2, installation: 6 };
const one = (
  id: string,
  repositoryId: string,
  person: string,
  limits: SlotRequest['limits'] = LIMITS,
): SlotRequest => ({
  ...{ id, repositoryId, person, limits },
});
const all = (line: SlotLine, requests: readonly SlotRequest[]): SlotLine =>
  requests.reduce((next, request) => joinLine(next, request) ?? next, line);
const ids = (requests: readonly SlotRequest[]) => requests.map(({ id }) => id);
const many = (repository: string, count: number, limits?: SlotRequest['limits']) =>
  Array.from({ length: count }, (_, index) => one(`${repository}${index}`, repository, `p${index}`, limits));

test('each limit keeps the others out: of a person, a repository, the whole installation; the rest waits [D5]', () => {
  const line = all(EMPTY, [
    one('a', '1', 'ann'),
    one('b', '1', 'ann'),
    one('c', '1', 'ann'),
    ...many('1', 6),
    ...many('2', 2),
  ]);
  const { line: now, granted } = grant(line);
  expect(granted).toHaveLength(6);
  expect(ids(granted)).not.toContain('c');
  expect(ids(granted.filter(({ repositoryId }) => repositoryId === '1')).length).toBeLessThanOrEqual(5);
  expect(now.waiting).toHaveLength(5);
  // It has nothing to do with who waits before it.
  expect(ids(grant(leaveLine(now, 'a')).granted)).toEqual(['c']);
});

test('a repository with a thousand pull requests keeps no other one waiting: slots go around [D5]', () => {
  const limits = { repository: 1_000, person: 1_000, installation: 4 };
  let line = grant(all(EMPTY, many('big', 1_000, limits))).line;
  expect(line.held).toHaveLength(4);
  line = all(line, [...many('small', 2, limits), ...many('tiny', 1, limits)]);
  expect(places(line).slice(0, 4)).toEqual([
    { id: 'small0', place: 1 },
    { id: 'tiny0', place: 2 },
    { id: 'small1', place: 3 },
    { id: 'big4', place: 4 },
  ]);
  const turns: string[] = [];
  for (const gone of ['big0', 'big1', 'big2', 'big3']) {
    const given = grant(leaveLine(line, gone));
    ({ line } = given);
    turns.push(...ids(given.granted));
  }
  expect(turns).toEqual(['small0', 'tiny0', 'big4', 'big5']);
});

test('asking again changes no place, one that holds is not asked twice, and one that is not known is known again [D5]', () => {
  const line = grant(all(EMPTY, many('1', 8))).line;
  const again = all(line, [one('15', '1', 'p5'), one('10', '1', 'p0')]);
  expect([ids(again.held).sort(), ids(again.waiting)]).toEqual([ids(line.held).sort(), ids(line.waiting)]);
  const known = joinLine(EMPTY, { ...one('x', '1', 'ann'), holds: true });
  expect(known).toEqual({ held: [one('x', '1', 'ann')], waiting: [] });
});

test('a thousand wait, each with a place of its own, and are given out to the last; more than fit are refused [D5]', () => {
  const limits = { repository: 50, person: 1, installation: 50 };
  const requests = Array.from({ length: 1_000 }, (_, index) =>
    one(`r${index}`, String(index % 7), `p${index}`, limits),
  );
  let { line, granted } = grant(all(EMPTY, requests));
  expect([granted.length, line.waiting.length]).toEqual([50, 950]);
  expect(new Set(places(line).map(({ place }) => place)).size).toBe(950);
  const seen = new Set(ids(granted));
  while (line.held.length > 0) {
    const [first] = places(line);
    const given = grant(leaveLine(line, line.held[0]?.id ?? ''));
    ({ line, granted } = given);
    // Who is first in line is the next one.
    expect(ids(granted)[0]).toBe(first?.id);
    for (const id of ids(granted)) seen.add(id);
  }
  expect(seen.size).toBe(1_000);
  const full = all(
    EMPTY,
    Array.from({ length: MAX_WAITING }, (_, index) => one(`f${index}`, '1', 'p')),
  );
  expect(joinLine(full, one('more', '1', 'p'))).toBeNull();
}, 60_000);
