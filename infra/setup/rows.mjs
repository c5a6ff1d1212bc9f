// @ts-check
/** `npm run rows`: which passing tests show which requirement, from the brackets that end the tests' names. */
import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import { readJson } from './json.mjs';
import { JEST_REPORT, ROOT } from './places.mjs';

/**
 * The part of jest's JSON report that is read here.
 *
 * @typedef {object} JestReport
 * @property {{ name: string, assertionResults: { fullName: string, status: string }[] }[]} testResults
 */

/** @typedef {{ row: string, title: string, tests: string[] }} Row */

/** Prints the rows of the last `npm test`. */
export async function printRows() {
  if (!existsSync(JEST_REPORT)) {
    console.error('There is no report of a test run yet. Run "npm test" first.');
    return 1;
  }
  const titles = readJson(new URL('requirements.json', import.meta.url));
  const rows = rowsOf(
    /** @type {JestReport} */ (readJson(JEST_REPORT)),
    /** @type {Record<string, string>} */ (titles),
  );
  for (const { row, title, tests } of rows) {
    console.log(`${row.padEnd(4)}${title}`);
    for (const test of tests) console.log(`      ✓ ${test}`);
    if (tests.length === 0) console.log('      – no passing test');
  }
  const shown = rows.filter(({ tests }) => tests.length > 0).length;
  console.log(`\n${shown} of ${rows.length} rows are shown by passing tests.`);
  return 0;
}

/**
 * @param {JestReport} report
 * @param {Readonly<Record<string, string>>} titles - row to title, in order
 * @returns {Row[]}
 */
export function rowsOf({ testResults }, titles) {
  const passed = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'passed')
      .map(({ fullName }) => ({ rows: bracketedRows(fullName), test: `${relative(ROOT, name)}: ${fullName}` })),
  );
  return Object.entries(titles).map(([row, title]) => ({
    row,
    title,
    tests: passed.filter(({ rows }) => rows.includes(row)).map(({ test }) => test),
  }));
}

/**
 * `… is sent once [A3][F1]` and `… [A3, F1]` both name two.
 *
 * @param {string} name
 */
function bracketedRows(name) {
  return [...name.matchAll(/\[([A-I]\d{1,2}(?:[,\s]+[A-I]\d{1,2})*)\]/g)].flatMap(([, rows]) =>
    (rows ?? '').split(/[,\s]+/),
  );
}
