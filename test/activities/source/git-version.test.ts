/** A git that cannot be held to the address that was checked. Only the answer to `git version` is made up. */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { fetchCommit } from '../../../activities/source/fetch-commit.ts';
import { runGit } from '../../../activities/source/run-git.ts';
import { tempDir } from '../../support/tmp.ts';
import { failing, first, folders, never, noToken, serve } from './fetching.ts';

const dir = tempDir();
const calls = join(dir, 'calls');
const isVersion = (text: string) => writeFileSync(join(dir, 'version'), `${text}\n`);
const called = () => readFileSync(calls, 'utf8').trim().split('\n');

beforeAll(() => {
  const git = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
  const script = [
    '#!/bin/sh',
    `echo "$1" >> '${calls}'`,
    `[ "$1" = version ] && exec cat '${join(dir, 'version')}'`,
    `exec '${git}' "$@"`,
  ];
  writeFileSync(join(dir, 'git'), `${script.join('\n')}\n`, { mode: 0o755 });
  process.env['PATH'] = `${dir}:${String(process.env['PATH'])}`;
});
beforeEach(() => rmSync(calls, { force: true }));

/** The git arguments for a repository whose name was looked up. */
const pinned = (...args: readonly string[]) =>
  runGit({
    ...{ what: 'Fetching commit 1234567', url: 'https://git.example.org/x', args, signal: never },
    pin: 'git.example.org:443:192.0.2.1',
  });

describe('a git older than 2.37', () => {
  test.each([
    'git version 2.36.6',
    'git version 2.30.1 (Apple Git-130)',
    'git version 2.9.5.windows.1',
    'git version 1.8.3.1',
    'something else',
  ])('fetches from no address that it cannot be held to: %s [B11]', async (version) => {
    isVersion(version);
    expect(await failing(pinned('ls-remote'))).toEqual({
      type: 'Internal',
      message:
        'Fetching commit 1234567 needs git 2.37 or newer, which can be held to the address that was checked. Update it.',
    });
    expect(called()).toEqual(['version']);
  });

  test('is good enough where nothing was looked up, as on this machine [B11]', async () => {
    isVersion('git version 2.36.6');
    await fetchCommit({
      ...{ origin: await serve(), commit: first, folders: folders(), credentials: noToken, signal: never },
    });
    expect(called()).not.toContain('version');
  });

  test('is asked for its version again until it is updated, and not after that [B11]', async () => {
    isVersion('git version 2.36.6');
    await failing(pinned('--version'));
    isVersion('git version 2.39.3 (Apple Git-146)');
    expect((await pinned('--version')).exitCode).toBe(0);
    expect((await pinned('--version')).exitCode).toBe(0);
    expect(called()).toEqual(['version', 'version', '--version', '--version']);
  });
});
