/** A bare repository to fetch from, written with the real git. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Text, or what it links to. */
export type Files = Readonly<Record<string, string | { readonly link: string } | { readonly script: string }>>;

export interface TestRepository {
  /** Path on the server: `/acme/shop.git`. */
  readonly path: string;
  /** Makes these the branch's only files. @returns the commit's id */
  commit(files: Files, message?: string, branch?: string): string;
  /** The same with whatever `fill` writes to an empty folder. */
  commitFolder(fill: (folder: string) => void, message?: string, branch?: string): string;
  git(...args: string[]): string;
}

/** @param root - what the server serves; several repositories may be below it */
export function createRepository(root: string, name = 'acme/shop', format: 'sha1' | 'sha256' = 'sha1'): TestRepository {
  const bare = join(root, `${name}.git`);
  const tree = join(root, `${name}.tree`);
  mkdirSync(tree, { recursive: true });
  const at = (folder: string, args: readonly string[]) =>
    execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8', env: ENVIRONMENT }).trim();
  at(tree, ['init', '--quiet', '--initial-branch=main', `--object-format=${format}`]);
  at(root, ['init', '--quiet', '--bare', '--initial-branch=main', `--object-format=${format}`, bare]);
  at(bare, ['config', 'uploadpack.allowFilter', 'true']);

  const commitFolder = (fill: (folder: string) => void, message = 'a change', branch = 'main') => {
    at(tree, ['rm', '-r', '-q', '--force', '--ignore-unmatch', '.']);
    fill(tree);
    at(tree, ['add', '--all', '--force']);
    at(tree, ['commit', '--quiet', '--allow-empty', '--message', message]);
    at(tree, ['push', '--quiet', '--force', bare, `HEAD:refs/heads/${branch}`]);
    return at(tree, ['rev-parse', 'HEAD']);
  };
  return {
    path: `/${name}.git`,
    commitFolder,
    commit: (files, message, branch) =>
      commitFolder(
        (folder) => {
          for (const [path, content] of Object.entries(files)) write(join(folder, path), content);
        },
        message,
        branch,
      ),
    git: (...args) => at(bare, args),
  };
}

const ENVIRONMENT = {
  PATH: process.env['PATH'],
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
};

function write(path: string, content: Files[string]): void {
  rmSync(path, { force: true, recursive: true });
  mkdirSync(dirname(path), { recursive: true });
  if (typeof content === 'string') writeFileSync(path, content);
  else if ('link' in content) symlinkSync(content.link, path);
  else {
    writeFileSync(path, content.script);
    chmodSync(path, 0o755);
  }
}
