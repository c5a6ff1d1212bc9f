/** The output of `landfall demo --json` for programs. */
import { execFile } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { createContext } from '../../../cli/context.ts';
import { showActs } from '../../../cli/demo/closing.ts';
import type { Played } from '../../../cli/demo/play.ts';
import { tempDir } from '../../support/tmp.ts';

const MAIN = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url));

const PLAYED: readonly Played[] = [
  {
    act: '1 a push',
    commit: 'a'.repeat(40),
    outcome: 'live',
    gitHub: ['in_progress', 'success'],
    answers: 'Hello',
    seconds: 4.2,
  },
  {
    act: '3 does not build',
    commit: 'b'.repeat(40),
    outcome: 'failed',
    gitHub: ['check: failure'],
    answers: 'He said "no"\nor so',
    seconds: 1,
  },
];

function shown(json: boolean): string {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const signal = new AbortController().signal;
  const context = createContext({ stdin, stdout, stderr, env: {}, cwd: '/', home: '/', signal });
  context.json = json;
  showActs(context, PLAYED);
  return String(stdout.read());
}

test('the acts that were played are one line of JSON, with every commit in full; without --json they are a table [F5][F6]', () => {
  const [line = '', ...more] = shown(true).split('\n');
  expect(more).toEqual(['']);
  expect(JSON.parse(line)).toEqual({ acts: PLAYED });
  expect(shown(false)).toMatch(/^ACT .*\n1 a push +aaaaaaa +live +in_progress → success +Hello +4\.2 s$/m);
});

test('a demo that cannot be played ends with one line of JSON that says what, why and what to do; what is going on is not on stdout [F5][F6]', async () => {
  const env = { PATH: tempDir(), TMPDIR: tempDir() };

  const ran = promisify(execFile)(process.execPath, [MAIN, 'demo', '--once', '--json'], { env });

  const { code, stdout, stderr } = (await ran.catch((error: unknown) => error)) as Record<string, unknown>;
  expect(code).toBe(1);
  const [line = '', ...more] = String(stdout).split('\n');
  expect(more).toEqual(['']);
  expect(JSON.parse(line)).toEqual({
    error: {
      what: 'Set the stage',
      why: expect.stringMatching(
        /^(?:temporal|podman) was not found on PATH\. It is needed for .* Run `landfall setup` on Debian or Ubuntu, or install it \(https:.*\) and try again\.$/,
      ),
      todo: 'Run `landfall setup --demo`; where it cannot install, it says what is missing and how to get it.',
    },
  });
  expect(stderr).toContain('Landfall demo');
  // Nothing was started for it.
  expect(stderr).not.toContain('PostgreSQL');
});

test('a demo that fails in a way that nobody thought of is one line of JSON as well [F6]', async () => {
  const env = { PATH: process.env['PATH'], TMPDIR: '/nowhere' };

  const ran = promisify(execFile)(process.execPath, [MAIN, 'demo', '--json'], { env });

  const { code, stdout, stderr } = (await ran.catch((error: unknown) => error)) as Record<string, unknown>;
  expect(code).toBe(1);
  const [line = '', ...more] = String(stdout).split('\n');
  expect(more).toEqual(['']);
  expect(JSON.parse(line)).toEqual({
    error: {
      what: 'Go on after a fault in Landfall itself',
      why: expect.stringContaining('/nowhere/landfall-'),
      todo: 'Please report it, with what stands on stderr.',
    },
  });
  expect(stderr).toContain('fault in Landfall itself');
});
