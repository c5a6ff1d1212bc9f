import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { createGitHubCredentials } from '../../../activities/github/credentials.ts';
import { createGitHubSource } from '../../../activities/github/source.ts';
import type { Secret } from '../../../contracts/core/secret.ts';
import { tempDir } from '../../support/tmp.ts';
import { originOf, startScene } from './scene.ts';

const { github, origin, repository, broker, client, work } = await startScene();
const credentials = createGitHubCredentials(broker, createGitHubSource(client));
const signal = new AbortController().signal;

/** True when git gets in with this token. */
async function git(token: Secret | undefined, args: readonly string[], cwd: string): Promise<boolean> {
  const header = `Authorization: Basic ${Buffer.from(`x-access-token:${token?.reveal() ?? ''}`).toString('base64')}`;
  const env = {
    PATH: process.env['PATH'],
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'http.extraHeader',
    GIT_CONFIG_VALUE_0: header,
  };
  return promisify(execFile)('git', args, { cwd, env }).then(
    () => true,
    () => false,
  );
}

describe('tokenFor', () => {
  test('clones this repository, and can neither push to it nor see another one [A1][B6]', async () => {
    const other = await github.addRepository({ owner: 'acme', name: 'secret-plans' });
    const token = await credentials.tokenFor(origin, signal);
    const dir = tempDir();

    expect(await git(token, ['clone', '--quiet', repository.cloneUrl, join(dir, 'web')], dir)).toBe(true);
    expect(await git(token, ['push', repository.cloneUrl, 'HEAD:refs/heads/mine'], work.dir)).toBe(false);
    expect(await git(token, ['ls-remote', other.cloneUrl], dir)).toBe(false);
    expect(
      await git(
        await credentials.tokenFor(originOf(other, 'acme/secret-plans'), signal),
        ['ls-remote', other.cloneUrl],
        dir,
      ),
    ).toBe(true);
  });

  test('gets a new one for one that was refused, and only then [B6]', async () => {
    const first = await credentials.tokenFor(origin, signal);
    expect((await credentials.tokenFor(origin, signal))?.reveal()).toBe(first?.reveal());
    github.revokeTokens();
    const second = await credentials.tokenFor(origin, signal, first);
    expect(await git(second, ['ls-remote', repository.cloneUrl], tempDir())).toBe(true);
    expect((await credentials.tokenFor(origin, signal, first))?.reveal()).toBe(second?.reveal());
  });

  test('needs none for a repository that is not on GitHub [B11]', async () => {
    const plain = { kind: 'git', cloneUrl: 'https://git.example/acme/web.git' } as const;
    expect(await credentials.tokenFor(plain, signal)).toBeUndefined();
  });
});

describe('cloneUrlOf', () => {
  test('is the present address of a repository that was renamed [B4]', async () => {
    github.renameRepository(origin.repositoryId, 'website');
    expect(await credentials.cloneUrlOf(origin, signal)).toBe(repository.cloneUrl.replace('/web.git', '/website.git'));
    github.renameRepository(origin.repositoryId, 'web');
  });

  test('is what is written down for one that is not on GitHub [B11]', async () => {
    const plain = { kind: 'git', cloneUrl: 'https://git.example/acme/web.git' } as const;
    expect(await credentials.cloneUrlOf(plain, signal)).toBe(plain.cloneUrl);
  });
});
