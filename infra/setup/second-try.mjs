// @ts-check
/**
 * The second try of test files that failed: real components on a small, busy machine now and then miss a limit. It is
 * a run of its own, with one file at a time, and it is printed which tests needed it.
 */
import { relative } from 'node:path';
import { ROOT } from './places.mjs';

/** More files than these have a cause in common, which a second try would only hide. */
export const MOST_FILES = 5;

/**
 * The part of jest's JSON report that is read and written here.
 *
 * @typedef {object} FileReport
 * @property {string} name
 * @property {string} status
 * @property {{ fullName: string, status: string }[]} assertionResults
 *
 * @typedef {object} Report
 * @property {FileReport[]} testResults
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numRuntimeErrorTestSuites
 */

/**
 * The files that get a second try: all that failed, or none when they are too many.
 *
 * @param {Pick<Report, 'testResults'>} report
 * @returns {string[]}
 */
export function filesToTryAgain({ testResults }) {
  const failed = testResults.filter(({ status }) => status === 'failed').map(({ name }) => name);
  return failed.length > MOST_FILES ? [] : failed;
}

/**
 * The report of both runs: for a file that was tried twice, its second try counts.
 *
 * @param {Report} first
 * @param {Pick<Report, 'testResults'>} second
 * @returns {Report}
 */
export function merged(first, second) {
  const again = new Map(second.testResults.map((file) => [file.name, file]));
  const testResults = first.testResults.map((file) => again.get(file.name) ?? file);
  const count = (/** @type {string} */ wanted) =>
    testResults.flatMap(({ assertionResults }) => assertionResults).filter(({ status }) => status === wanted).length;
  return {
    ...first,
    testResults,
    numPassedTests: count('passed'),
    numFailedTests: count('failed'),
    // A file that does not load has no tests.
    numRuntimeErrorTestSuites: testResults.filter(
      ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
    ).length,
  };
}

/**
 * One line for each test that failed in the first run and passed in the second.
 *
 * @param {Pick<Report, 'testResults'>} first
 * @param {Pick<Report, 'testResults'>} second
 * @returns {string[]}
 */
export function onlyThen(first, second) {
  const passed = new Set(
    second.testResults.flatMap((file) =>
      file.assertionResults
        .filter(({ status }) => status === 'passed')
        .map(({ fullName }) => `${file.name} ${fullName}`),
    ),
  );
  return first.testResults.flatMap((file) =>
    file.assertionResults
      .filter(({ status, fullName }) => status === 'failed' && passed.has(`${file.name} ${fullName}`))
      .map(({ fullName }) => `${relative(ROOT, file.name)}: ${fullName}`),
  );
}
