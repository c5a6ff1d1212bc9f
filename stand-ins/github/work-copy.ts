/** A developer's own clone, with the real git: commits and pushes as a person would. */
import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { readLooseRef } from './git.ts';

const execute = promisify(execFile);

export interface WorkCopy {
  readonly dir: string;
  /**
   * Writes files (`null` removes one) and commits them.
   * @returns the commit's id
   */
  commit(files: Readonly<Record<string, string | null>>, message?: string): Promise<string>;
  /** Pushes what is checked out to a branch or tag, `main` when not given. `force`: rewrites it. */
  push(options?: { ref?: string; force?: boolean }): Promise<void>;
  /** Runs any git command in the clone. */
  git(...args: string[]): Promise<string>;
}

/** Makes an empty clone in `dir`, on branch `main`. @param login - who commits */
export async function createWorkCopy(dir: string, pushUrl: string, login = 'octocat'): Promise<WorkCopy> {
  const git = async (...args: string[]): Promise<string> => {
    const { stdout } = await execute('git', args, {
      cwd: dir,
      env: {
        PATH: process.env['PATH'],
        HOME: dir,
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_TERMINAL_PROMPT: '0',
        GIT_AUTHOR_NAME: 'Octo Cat',
        GIT_AUTHOR_EMAIL: `${login}@example.com`,
        GIT_COMMITTER_NAME: 'Octo Cat',
        GIT_COMMITTER_EMAIL: `${login}@example.com`,
      },
    });
    return stdout.trim();
  };
  await mkdir(dir, { recursive: true });
  await git('init', '--quiet', '--initial-branch=main');
  await git('remote', 'add', 'origin', pushUrl);
  return {
    dir,
    git,
    async commit(files, message = 'Change something') {
      for (const [name, content] of Object.entries(files)) {
        const path = join(dir, name);
        await mkdir(dirname(path), { recursive: true });
        if (content === null) await rm(path);
        else await writeFile(path, content);
      }
      await git('add', '--all');
      await git('commit', '--quiet', '--allow-empty', '--message', message);
      return (await readLooseRef(join(dir, '.git'), 'HEAD')) ?? git('rev-parse', 'HEAD');
    },
    async push({ ref = 'main', force = false } = {}) {
      const target = ref.startsWith('refs/') ? ref : `refs/heads/${ref}`;
      await git('push', '--quiet', ...(force ? ['--force'] : []), 'origin', `HEAD:${target}`);
    },
  };
}
