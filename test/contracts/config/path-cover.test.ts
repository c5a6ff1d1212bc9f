/**
 * Patterns whose every path is taken out again by those after them: a finding about one has to be true of all its
 * paths.
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { takenOut } from '../../../contracts/config/path-cover.ts';
import { isTouched, matchingWork } from '../../../contracts/config/path-filter.ts';
import { readLandfallYaml } from '../../../contracts/config/landfall-yaml.ts';

const found = (patterns: readonly string[]) => takenOut(patterns, matchingWork());

describe('a pattern lets something in', () => {
  test.each([
    [['releases/*', '!releases/*-*'], 'releases/v1'],
    [['releases/*', '!releases/*l*'], 'releases/v1'],
    [['src/**', '!**/*0'], 'src/a'],
    [['*', '!*.*'], 'LICENSE'],
    [['*', '!*_*', '!*-*', '!*.*'], 'a'],
    [['v*', '!v*a*', '!v*0*', '!v*Q*'], 'v1'],
    [['**/a.ts', '!*/a.ts'], 'a.ts'],
    [['**/a.ts', '!a.ts', '!*/a.ts'], 'x/y/a.ts'],
    [['src/**', '!src/*/**'], 'src'],
    [['docs/**', '!docs/*/*'], 'docs/a'],
    [['*b', '!a*b'], 'b'],
    [['docs/*', '!docs', 'docs/api'], 'docs/api'],
    [['a*', '!**', '*b'], 'ab'],
  ])('%j by %s [E1][F6]', (patterns, path) => {
    expect(isTouched(patterns, [path])).toBe(true);
    expect(isTouched(patterns.slice(0, 1), [path])).toBe(true);
    expect(found(patterns)).not.toContain(0);
  });
});

describe('a pattern lets nothing in', () => {
  test.each([
    [['src/**', '!**'], [0]],
    [['**', '!**/*'], [0]],
    [['src/**/*', '!src/*/**'], [0]],
    [
      ['src/api', 'src/web/*.ts', '!src'],
      [0, 1],
    ],
    [['docs', '!docs/'], [0]],
    [['v*', '!*'], [0]],
    [['a/x*y', '!a/*y'], [0]],
    [['**/*.md', '!**/*.md', '**/*.ts'], [0]],
    [['docs/*', '!docs', 'src/docs', '*.md'], [0]],
    [
      ['docs/api', '!docs', 'docs/api', '!docs/api'],
      [0, 2],
    ],
    [['a/*', '!a/*', 'a/b/c'], [0]],
  ])('%j: those at %j [E1][F6]', (patterns, places) => {
    expect(found(patterns)).toEqual(places);
  });

  test('when the same or its folder is taken out right after it, whatever it is [E1][F6]', () => {
    fc.assert(
      fc.property(patternOf, fc.nat(), (pattern, depth) => {
        const parts = pattern.split('/');
        const folder = parts.slice(0, 1 + (depth % parts.length)).join('/');
        expect(found([pattern, `!${pattern}`])).toEqual([0]);
        // A star in its last name: it means names, and not what is in them.
        if (folder.split('/').at(-1)?.includes('*') !== true) expect(found([pattern, `!${folder}`])).toEqual([0]);
      }),
    );
  });
});

const name = fc.stringMatching(/^[ab*]{1,3}$/).filter((text) => !text.includes('**'));
const patternOf = fc
  .array(fc.oneof({ weight: 3, arbitrary: name }, fc.constant('**')), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join('/'));
const NAMES = ['a', 'b', 'ab', 'ba', 'aba', 'bb', 'c', 'acb'];
const PATHS = NAMES.flatMap((one) => [
  one,
  ...NAMES.flatMap((two) => [`${one}/${two}`, ...NAMES.map((three) => `${one}/${two}/${three}`), `${one}/${two}/c/b`]),
]);

test('none of its paths gets through where that is said, for any patterns [E1][F6]', () => {
  const rule = fc.tuple(fc.boolean(), patternOf).map(([wanted, pattern]) => `${wanted ? '' : '!'}${pattern}`);
  let said = 0;
  fc.assert(
    fc.property(fc.array(rule, { minLength: 2, maxLength: 5 }), (patterns) => {
      for (const at of found(patterns)) {
        said += 1;
        const meant = PATHS.filter((path) => isTouched([patterns[at] ?? ''], [path]));
        expect(meant.filter((path) => isTouched(patterns, [path]))).toEqual([]);
      }
    }),
    { numRuns: 1_000 },
  );
  expect(said).toBeGreaterThan(50);
});

test('a file full of patterns made to be slow is looked at for a moment, and not warned of [E1][G5]', () => {
  const hostile = Array.from(
    { length: 49 },
    (_none, index) => `${'*/'.repeat(120)}${index % 2 === 0 ? '' : '**/'}*${index}*`,
  );
  const services = Object.fromEntries(
    Array.from({ length: 20 }, (_none, index) => [
      `s${index}`,
      { paths: ['a', ...hostile.map((one, at) => `${at > 25 ? '!' : ''}${one}`)] },
    ]),
  );
  const before = process.cpuUsage();
  expect(readLandfallYaml(JSON.stringify({ version: 1, services }))).toMatchObject({ ok: true, warnings: [] });
  expect(process.cpuUsage(before).user / 1e6).toBeLessThan(3);
});
