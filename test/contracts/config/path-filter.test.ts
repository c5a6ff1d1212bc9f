import { matchesGlob } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isTouched, patternProblem } from '../../../contracts/config/path-filter.ts';
import { readLandfallYaml } from '../../../contracts/config/landfall-yaml.ts';

describe('a pattern', () => {
  test.each([
    ['web', 'web/src/index.ts', true],
    ['web/', 'web/src/index.ts', true],
    ['web', 'web', true],
    ['web', 'website/index.ts', false],
    ['web', 'libs/web/index.ts', false],
    ['web/*', 'web/a.ts', true],
    ['web/*', 'web/src/a.ts', false],
    ['**/*.ts', 'a.ts', true],
    ['**/*.ts', 'web/src/.hidden.ts', true],
    ['**/*.ts', 'a.tsx', false],
    ['web/**/test', 'web/test/a', true],
    ['web/**/test', 'web/a/b/test/c', true],
    ['*a*b', 'xaxb', true],
    ['*ab*b', 'ab', false],
    ['app/(shop)/[id]/*', 'app/(shop)/[id]/page.tsx', true],
    ['**', 'anything/at/all', true],
  ])('%s and %s: %s [E1]', (pattern, path, expected) => {
    expect(isTouched([pattern], [path])).toBe(expected);
  });

  test('means what globs mean, for any stars and folders [E1]', () => {
    const name = fc.stringMatching(/^[ab]{1,4}$/);
    const part = fc.oneof(
      fc.constant('**'),
      fc.stringMatching(/^[ab*]{1,4}$/).filter((text) => !text.includes('**')),
    );
    const last = fc.stringMatching(/^[ab]{0,2}\*[ab]{0,2}$/);
    const pattern = fc.tuple(fc.array(part, { maxLength: 3 }), last).map(([parts, end]) => [...parts, end].join('/'));
    const path = fc.array(name, { minLength: 1, maxLength: 5 }).map((names) => names.join('/'));
    fc.assert(
      fc.property(pattern, path, (glob, file) => {
        expect(isTouched([glob], [file])).toBe(matchesGlob(file, glob));
      }),
      { numRuns: 2_000 },
    );
  });

  test('made to be slow is not [E1]', () => {
    const evil = Array.from({ length: 40 }, () => '**/a*a*a')
      .join('/')
      .slice(0, 250);
    const paths = Array.from({ length: 300 }, () => 'a'.repeat(200) + '/aaa'.repeat(200));
    const before = process.cpuUsage();
    isTouched([evil], paths);
    // A backtracking matcher would not be back this year.
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(30);
  });

  test.each([
    ['deep folders', '**/a/'.repeat(50), 'a/'.repeat(2_000)],
    ['long names', '*a'.repeat(120), 'a'.repeat(4_000)],
  ])('as many as may be, for %s, count as a match after a tenth of a second [E1][G5]', (_name, glob, path) => {
    const globs = Array.from({ length: 50 }, (_none, index) => `${glob}b${index}`);
    const paths = Array.from({ length: 299 }, (_none, index) => `${path}${index}`);
    const before = process.cpuUsage();
    expect(isTouched(globs, paths)).toBe(true);
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(2);
  });

  test.each([
    ['/web', /relative to the repository/],
    ['./web', /relative to the repository/],
    ['../web', /relative to the repository/],
    ['web//src', /relative to the repository/],
    ['', /relative to the repository/],
    ['web/**.ts', /\*\* stands alone/],
    ['web/*.{ts,js}', /several patterns/],
    ['web/?.ts', /several patterns/],
    ['web\n', /printable/],
    ['a'.repeat(256), /255/],
  ])('%j is refused in words [E1]', (pattern, words) => {
    expect(patternProblem(pattern)).toMatch(words);
  });
});

test('of several patterns the last one that matches counts, and any file is enough [E1]', () => {
  const patterns = ['web', '!**/*.md', 'web/keep.md'];
  expect(isTouched(patterns, ['web/a.md', 'docs/b.md'])).toBe(false);
  expect(isTouched(patterns, ['web/keep.md'])).toBe(true);
  expect(isTouched(patterns, ['web/a.md', 'web/a.ts'])).toBe(true);
  expect(isTouched(patterns, [])).toBe(false);
});

describe('paths in landfall.yaml', () => {
  const problems = (paths: string) => {
    const read = readLandfallYaml(`version: 1\nservices:\n  web:\n    paths: ${paths}\n`);
    return read.ok ? [] : read.problems;
  };

  test('are a list of patterns [E1]', () => {
    expect(problems("[web, libs/shared, '!**/*.md']")).toEqual([]);
  });

  test.each([
    ['web', 'services.web.paths'],
    ['[]', 'services.web.paths'],
    ["['!web']", 'services.web.paths'],
    ['[web, /etc]', 'services.web.paths.1'],
  ])('%s is refused with its place [E1]', (text, path) => {
    expect(problems(text)).toMatchObject([{ line: 4, path }]);
  });
});
