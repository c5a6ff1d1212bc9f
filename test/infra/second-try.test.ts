import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { MOST_FILES, filesToTryAgain, merged, onlyThen } from '../../infra/setup/second-try.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A file whose tests are called t1, t2 … and ended so. */
const file = (name: string, ...statuses: string[]) => ({
  name: join(ROOT, name),
  status: statuses.length === 0 || statuses.includes('failed') ? 'failed' : 'passed',
  assertionResults: statuses.map((status, index) => ({ fullName: `t${String(index + 1)}`, status })),
});

const report = (...testResults: ReturnType<typeof file>[]) =>
  merged({ testResults, numPassedTests: 0, numFailedTests: 0, numRuntimeErrorTestSuites: 0 }, { testResults: [] });

const names = (files: readonly string[]) => files.map((name) => name.slice(ROOT.length));

describe('a second try', () => {
  test('is for the files that failed, those that did not load as well', () => {
    const first = report(file('a', 'passed'), file('b', 'passed', 'failed'), file('c'));
    expect(names(filesToTryAgain(first))).toEqual(['b', 'c']);
  });

  test('is not for many: they have a cause in common', () => {
    const failed = Array.from({ length: MOST_FILES + 1 }, (_, index) => file(String(index), 'failed'));
    expect(filesToTryAgain(report(...failed))).toEqual([]);
    expect(filesToTryAgain(report(...failed.slice(1)))).toHaveLength(MOST_FILES);
  });

  test('decides for its files, and the first one for all others', () => {
    const first = report(file('a', 'passed'), file('b', 'passed', 'failed', 'failed'), file('c'));
    const second = report(file('b', 'passed', 'passed', 'failed'), file('c', 'passed'));
    expect([first, merged(first, second)]).toMatchObject([
      { numPassedTests: 2, numFailedTests: 2, numRuntimeErrorTestSuites: 1 },
      { numPassedTests: 4, numFailedTests: 1, numRuntimeErrorTestSuites: 0 },
    ]);
  });

  test('names what passed only then, and nothing else', () => {
    const first = report(file('a', 'passed'), file('b', 'passed', 'failed', 'failed'));
    const second = report(file('b', 'passed', 'passed', 'failed'));
    expect(onlyThen(first, second)).toEqual(['b: t2']);
  });
});
