import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { tempDir } from '../support/tmp.ts';

const SCRIPT = fileURLToPath(new URL('../../.ci/run', import.meta.url));

/** The real script in a checkout of its own, where npm does what `npm` says: "$2" or "$1" is the command. */
function ci(npm: string): { status: number | null; lines: string[] } {
  const root = tempDir();
  const bin = join(root, 'bin');
  for (const folder of ['bin', '.ci', '.cache']) mkdirSync(join(root, folder));
  cpSync(SCRIPT, join(root, '.ci', 'run'));
  writeFileSync(join(root, '.cache', 'jest.json'), '{"numPassedTests": 99}');
  writeFileSync(join(bin, 'npm'), `#!/bin/sh\n${npm}\n`);
  chmodSync(join(bin, 'npm'), 0o755);
  const { status, stdout } = spawnSync(join(root, '.ci', 'run'), [], {
    cwd: '/',
    encoding: 'utf8',
    env: { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` },
  });
  return { status, lines: stdout.trimEnd().split('\n') };
}

const report = (passed: number, failed: number, unloadable = 0): string => {
  const counts = { numPassedTests: passed, numFailedTests: failed, numRuntimeErrorTestSuites: unloadable };
  return `[ "$1" = test ] && echo '${JSON.stringify(counts)}' > .cache/jest.json`;
};

describe('.ci/run', () => {
  test('checks, tests, and ends with the count and exit code 0, from any folder', () => {
    const { status, lines } = ci(`echo "ran npm $*"\n${report(12, 0)}\nexit 0`);
    expect(lines).toEqual(
      expect.arrayContaining(['ran npm run --silent check', 'ran npm test --silent -- --second-try']),
    );
    expect(lines.at(-1)).toBe('12 passed, 0 failed');
    expect(status).toBe(0);
  });

  test('counts failed tests and files that did not load, with the exit code of the tests', () => {
    const { status, lines } = ci(`${report(12, 2, 1)}\n[ "$1" = run ] || exit 3`);
    expect(lines.at(-1)).toBe('12 passed, 3 failed');
    expect(status).toBe(3);
  });

  test('still tests when the checks fail, and does not call that green', () => {
    const { status, lines } = ci(`${report(12, 0)}\n[ "$1" = test ]`);
    expect(lines.at(-1)).toBe('12 passed, 1 failed');
    expect(status).toBe(1);
  });

  test('does not count the report of an earlier run', () => {
    const { status, lines } = ci('exit 9');
    expect(lines.at(-1)).toBe('0 passed, 1 failed');
    expect(status).toBe(9);
  });
});
