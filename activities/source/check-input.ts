/** The last check before values from outside meet git. They were checked at the border; this is the second lock. */
import { failure } from '../../contracts/failures.ts';
import { COMMIT, isInnerPath, isRefName } from '../../contracts/names.ts';

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost']);

/** @throws `UnsafeSource` unless it is `https://…`, or `http://` to this very machine, without user or password. */
export function checkCloneUrl(cloneUrl: string): void {
  const url = URL.canParse(cloneUrl) ? new URL(cloneUrl) : undefined;
  const plain = url?.protocol === 'http:' && LOOPBACK.has(url.hostname);
  // White space and control characters are dropped by URL, but not by git.
  const clean = /^[!-~]+$/.test(cloneUrl) && url?.username === '' && url.password === '';
  if (!clean || !(plain || url.protocol === 'https:')) {
    throw failure(
      'UnsafeSource',
      'The repository URL is not one that Landfall fetches from. Use https://…, without user name and password in it.',
    );
  }
}

/** @throws `CommitNotFound` unless it is a full commit id. */
export function checkCommit(commit: string): void {
  if (!COMMIT.test(commit)) {
    throw failure('CommitNotFound', `${shown(commit)} is not a full commit id: 40 or 64 characters of 0-9 and a-f.`);
  }
}

/** @throws `CommitNotFound` unless git accepts it as a branch name and no program could misread it. */
export function checkBranch(branch: string): void {
  if (!isRefName(branch))
    throw failure('CommitNotFound', `${shown(branch)} is not a branch name that Landfall accepts.`);
}

/** @throws `UnsafeSource` unless it is a relative path that stays inside. */
export function checkPath(path: string): void {
  if (!isInnerPath(path)) {
    throw failure(
      'UnsafeSource',
      `${shown(path)} is not a path inside the repository. Use a relative one without "..".`,
    );
  }
}

const shown = (value: string): string => JSON.stringify(value.slice(0, 100));
