import { podmanTarget } from '../../support/targets/podman.ts';
import { describe, expect, test } from '@jest/globals';
import { readLandfallYaml } from '../../../contracts/config/landfall-yaml.ts';
import { environmentSettings } from '../../../contracts/config/settings.ts';

/** A file whose production is protected like this. */
const read = (protection: string) =>
  readLandfallYaml(`version: 1
services: { web: {} }
environments:
  production:
${protection}
    target: { podman: { hosts: [one], publish: { web: 20080 } } }
`);

function settings(protection: string) {
  const result = read(protection);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return environmentSettings(result.value, 'production', 'web');
}

describe('an environment', () => {
  test('without protection carries none of it', () => {
    expect(settings('')).toEqual({
      name: 'production',
      production: false,
      target: podmanTarget(['one']),
    });
  });

  test('says how it queues and when it is frozen, in UTC [E9]', () => {
    const found = settings(`    queue: supersede
    freeze:
      - { days: [fri], from: "16:00", to: "24:00", reason: weekend }
      - { from: 2026-12-24T00:00:00Z, to: 2026-12-27T00:00:00Z }`);
    expect(found?.queue).toBe('supersede');
    expect(found?.freeze).toEqual([
      { kind: 'weekly', days: ['fri'], from: 960, to: 1440, reason: 'weekend' },
      { kind: 'once', from: Date.UTC(2026, 11, 24), to: Date.UTC(2026, 11, 27), reason: '' },
    ]);
  });

  test.each([
    ['2026-12-24T18:00+01:00', '2026-12-24T17:30:00Z', Date.UTC(2026, 11, 24, 17), Date.UTC(2026, 11, 24, 17, 30)],
    ['2026-12-24T00:00:00Z', '2026-12-24T00:00:00.5Z', Date.UTC(2026, 11, 24), Date.UTC(2026, 11, 24) + 500],
    [
      '2026-03-29T01:59:59+01:00',
      '2026-03-29T03:00:00+02:00',
      Date.UTC(2026, 2, 29, 0, 59, 59),
      Date.UTC(2026, 2, 29, 1),
    ],
  ])('is frozen between moments, however they are written: %s to %s [E9]', (from, to, starts, ends) => {
    expect(settings(`    freeze: [{ from: ${from}, to: "${to}" }]`)?.freeze).toEqual([
      { kind: 'once', from: starts, to: ends, reason: '' },
    ]);
  });

  test.each([
    ['the same moment', '{ from: 2026-12-24T18:00:00+01:00, to: 2026-12-24T17:00:00Z }', /ends before/],
    ['an end that only reads as later', '{ from: 2026-12-24T18:00:00Z, to: 2026-12-24T18:30:00+01:00 }', /ends before/],
    ['a moment of no zone', '{ from: 2026-12-24T18:00:00, to: 2026-12-25T18:00:00Z }', /offset from UTC/],
    ['a day that is none', '{ from: 2026-02-30T18:00:00Z, to: 2026-12-25T18:00:00Z }', /offset from UTC/],
  ])('is not frozen from %s [E9]', (_case, window, words) => {
    const result = read(`    freeze: [${window}]`);
    expect(result.ok ? [] : result.problems).toMatchObject([
      { line: 5, message: expect.stringMatching(words) as unknown },
    ]);
  });

  test('tells of failures by issues when it is production, unless it says otherwise [E8]', () => {
    const issuesOf = (protection: string) => settings(protection)?.issues;
    expect(issuesOf('    production: true')).toBe(true);
    expect(issuesOf('    production: true\n    issues: false')).toBeUndefined();
    expect(issuesOf('    issues: true')).toBe(true);
    expect(issuesOf('')).toBeUndefined();
  });

  test('lets failed steps wait for somebody only where it says so, for a bounded time [F2]', () => {
    const waitOf = (protection: string) => settings(protection)?.onFailure;
    expect(waitOf('')).toBeUndefined();
    expect(waitOf('    onFailure: { wait: 30m }')).toEqual({ waitMs: 1_800_000 });
    for (const wrong of ['{}', '{ wait: 10s }', '{ wait: 13h }', '{ wait: ever }', '{ wait: 30m, retry: 3 }', '30m']) {
      expect([wrong, read(`    onFailure: ${wrong}`).ok]).toEqual([wrong, false]);
    }
  });

  test('asks for an approval by whoever may write, unless it says more [A7]', () => {
    expect(settings('    approval: {}')?.approval).toEqual({
      from: { users: [], teams: [], permission: 'write' },
      count: 1,
      selfReview: false,
      remindAfterMs: null,
      escalateAfterMs: null,
      escalateTo: null,
      expireAfterMs: 86_400_000,
    });
    expect(
      settings(`    approval:
      from: { users: [ann, "token:ops"], teams: [acme/leads] }
      count: 2
      remind: 1h
      escalate: { after: 2h, to: { users: [boss] } }
      expire: 4h`)?.approval,
    ).toEqual({
      from: { users: ['ann', 'token:ops'], teams: ['acme/leads'], permission: null },
      count: 2,
      selfReview: false,
      remindAfterMs: 3_600_000,
      escalateAfterMs: 7_200_000,
      escalateTo: { users: ['boss'], teams: [], permission: null },
      expireAfterMs: 14_400_000,
    });
  });

  test.each([
    ['an unknown mode', '    queue: lifo', /queue/],
    [
      'a window that ends first',
      '    freeze: [{ from: 2026-12-27T00:00:00Z, to: 2026-12-24T00:00:00Z }]',
      /ends before/,
    ],
    ['a clock that is none', '    freeze: [{ days: [fri], from: "25:00", to: "26:00" }]', /HH:MM|Invalid/],
    ['approvers who are nobody', '    approval: { from: {} }', /no person could approve/],
    ['a login that is an option', '    approval: { from: { users: ["--force"] } }', /GitHub login/],
    ['a reminder after the end', '    approval: { remind: 2d, expire: 1d }', /comes after/],
    ['a permission that may not write', '    approval: { from: { permission: read } }', /write/],
  ])('refuses %s with line and column', (_case, protection, words) => {
    const result = read(protection);
    expect(result).toMatchObject({ ok: false });
    if (result.ok) return;
    const [problem] = result.problems;
    expect(problem?.line).toBe(5);
    expect(JSON.stringify(problem)).toMatch(words);
  });
});
