import { expect, test } from '@jest/globals';
import { makeStatusToken, readStatusToken, statusTokenEnd } from '../../../api/deploy/status-token.ts';
import { Secret } from '../../../contracts/core/secret.ts';

const key = new Secret('0123456789abcdef0123456789abcdef');
const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 10, 30, 12);

test('a status address outlives the longest wait of a release, and then ends [C4]', () => {
  const token = { workflowId: 'deploy/actions/nonce-0001', endsAt: statusTokenEnd(NOW) };
  const made = makeStatusToken(key, token);
  expect(readStatusToken(key, made, NOW)).toEqual(token);
  expect(readStatusToken(key, made, NOW + 32 * DAY_MS)).toEqual(token);
  expect(readStatusToken(key, made, NOW + 34 * DAY_MS)).toBeUndefined();
});

test('it is the same all day, and no other key made it [C4]', () => {
  expect(statusTokenEnd(NOW + 3_600_000)).toBe(statusTokenEnd(NOW));
  const made = makeStatusToken(key, { workflowId: 'deploy/a/b', endsAt: statusTokenEnd(NOW) });
  expect(readStatusToken(new Secret('x'.repeat(32)), made, NOW)).toBeUndefined();
});
