/** A developer's clone, with the real git. */
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import { where } from '../../infra/dev/locate.ts';

export interface DemoRepository {
  readonly dir: string;
  /** Commits everything in the folder and pushes it to main. @returns the commit's id. */
  push(message: string): Promise<string>;
}

/** A push that takes longer has no server. */
const GIT_MS = 60_000;

/** Makes an empty clone whose `origin` is `pushUrl`. Nothing of the user's own git configuration takes part. */
export async function createRepository(dir: string, pushUrl: string): Promise<DemoRepository> {
  const git = async (...args: string[]): Promise<string> => {
    const env = {
      PATH: process.env['PATH'],
      HOME: dir,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_TERMINAL_PROMPT: '0',
      GIT_AUTHOR_NAME: 'Octo Cat',
      GIT_AUTHOR_EMAIL: 'octocat@example.com',
      GIT_COMMITTER_NAME: 'Octo Cat',
      GIT_COMMITTER_EMAIL: 'octocat@example.com',
    };
    const { stdout } = await promisify(execFile)(where('git'), args, { cwd: dir, env, timeout: GIT_MS });
    return stdout.trim();
  };
  await mkdir(dir, { recursive: true });
  await git('init', '--quiet', '--initial-branch=main');
  await git('remote', 'add', 'origin', pushUrl);
  return {
    dir,
    push: async (message) => {
      await git('add', '--all');
      await git('commit', '--quiet', '--message', message);
      await git('push', '--quiet', 'origin', 'main');
      return git('rev-parse', 'HEAD');
    },
  };
}
