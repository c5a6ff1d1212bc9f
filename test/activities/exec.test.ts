import { describe, expect, test } from '@jest/globals';
import { run } from '../../activities/exec.ts';
import { eventually } from '../support/eventually.ts';
import { withEnvironment } from './processes.ts';

const never = new AbortController().signal;
const options = { signal: never, timeoutMs: 10_000 };
const shell = (script: string) => ({ file: 'sh', args: ['-c', script] });

describe('run', () => {
  test('any exit code is an answer, with both outputs', async () => {
    const answer = await run(shell('echo out; echo err >&2; exit 3'), options);

    expect(answer).toEqual({ exitCode: 3, stdout: 'out\n', stderr: 'err\n' });
  });

  test('arguments reach the program as they are, without a shell', async () => {
    const hostile = ['$(id)', '; rm -rf /', '`id`', '--flag', 'a b', '', '*', 'ümlaut\n'];

    const { stdout } = await run({ file: 'printf', args: ['%s|', ...hostile] }, options);

    expect(stdout).toBe(hostile.map((one) => `${one}|`).join(''));
  });

  test('a program sees PATH, HOME, LANG and what it is given, and nothing else of our environment [B6]', async () => {
    process.env['LANDFALL_SECRET_OF_OURS'] = 'must not be inherited';
    try {
      const { stdout } = await run({ file: '/usr/bin/env', args: [], env: { GIVEN: 'yes' } }, options);

      const names = stdout
        .trim()
        .split('\n')
        .map((line) => line.split('=')[0]);
      expect(names).toContain('GIVEN');
      expect(names.filter((name) => !['PATH', 'HOME', 'LANG', 'GIVEN'].includes(name ?? ''))).toEqual([]);
    } finally {
      delete process.env['LANDFALL_SECRET_OF_OURS'];
    }
  });

  test('standard input is empty unless it is given', async () => {
    expect((await run({ file: 'cat', args: [] }, options)).stdout).toBe('');
    expect((await run({ file: 'cat', args: [], input: 'given' }, options)).stdout).toBe('given');
  });

  test('lines are told while the program runs, the last one also without its end', async () => {
    const lines: string[] = [];

    await run(shell('printf "one\\ntwo"; printf "three" >&2'), {
      ...options,
      onLine: (line, stream) => lines.push(`${stream}: ${line}`),
    });

    expect(lines.toSorted()).toEqual(['stderr: three', 'stdout: one', 'stdout: two']);
  });

  test('an abort ends the whole process tree, also one that ignores SIGTERM [B10]', async () => {
    const controller = new AbortController();
    const script = 'trap "" TERM; (trap "" TERM; echo up; sleep 60; sleep 60) & sleep 60; sleep 60';
    const reason = new Error('cancelled on request');

    let atAbort = 0;
    const cancelled = run(
      { ...shell(script), env: { MARK: 'tree' } },
      {
        timeoutMs: 60_000,
        signal: controller.signal,
        onLine: () => {
          atAbort = withEnvironment('MARK=tree').length;
          controller.abort(reason);
        },
      },
    );

    await expect(cancelled).rejects.toBe(reason);
    expect(atAbort).toBeGreaterThanOrEqual(2);
    await eventually('the tree to end', () => withEnvironment('MARK=tree').length === 0);
  });

  test('what a program leaves running in its group ends with it', async () => {
    const { stdout } = await run({ ...shell('sleep 60 >/dev/null 2>&1 & echo done'), env: { MARK: 'left' } }, options);

    expect(stdout).toBe('done\n');
    await eventually('it to end', () => withEnvironment('MARK=left').length === 0);
  });

  test('a descendant that left the group and holds the pipes does not keep us waiting', async () => {
    const { stdout, exitCode } = await run(shell("setsid sh -c 'echo $$; exec sleep 60' & sleep 0.2"), options);

    expect(exitCode).toBe(0);
    process.kill(Number(stdout), 'SIGKILL');
  });

  test('nothing is started after an abort', async () => {
    const reason = new Error('too late');

    await expect(run(shell('exit 0'), { ...options, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test.each([
    [
      'takes too long',
      shell('sleep 60'),
      { ...options, timeoutMs: 100 },
      'timeout',
      /"sh -c" did not end within 0.1 s/,
    ],
    [
      'is not installed',
      { file: 'no-such-program', args: ['x'] },
      options,
      'missing',
      /"no-such-program" was not found/,
    ],
    ['says too much', { file: 'yes', args: [] }, options, 'output', /"yes" printed more than/],
    ['is killed by somebody', shell('kill -9 $$'), options, 'killed', /did not end by itself: SIGKILL/],
  ] as const)('a program that %s is an error that names it', async (_, command, its, reason, message) => {
    await expect(run(command, its)).rejects.toMatchObject({ name: 'CommandError', reason });
    await expect(run(command, its)).rejects.toThrow(message);
  });

  test('an error never holds the environment or what was given as input [B6]', async () => {
    const env = { TOKEN: 'ghs_secretsecretsecret' };

    const failed = run({ ...shell('sleep 60'), env, input: 'ghs_secretsecretsecret' }, { ...options, timeoutMs: 50 });

    const error: unknown = await failed.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    const told = JSON.stringify([
      String(error),
      (error as Error).stack,
      Object.values(error as Error),
      (error as Error).cause,
    ]);
    expect(told).not.toContain('secretsecret');
  });
});
