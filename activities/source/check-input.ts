/** The last check before values from outside meet git. They were checked at the border; this is the second lock. */
import { BlockList } from 'node:net';
import { failure } from '../../contracts/core/failures.ts';
import { COMMIT, isInnerPath, isRefName } from '../../contracts/core/names.ts';
import type { SourceOrigin } from '../../contracts/config/service.ts';
import { pinAddresses, type PrivateSources } from './addresses.ts';
import { readCloneUrl } from './clone-url.ts';

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost']);
/** The default when no list is given: a server on this very machine. */
const networks = new BlockList();
networks.addSubnet('127.0.0.0', 8);
networks.addAddress('::1', 'ipv6');
const THIS_MACHINE: PrivateSources = { hosts: new Set(['localhost']), networks };

/**
 * The last check of an address before git uses it, and the pin of its connection. The server that the operator
 * configured names GitHub's own addresses; people who declare other repositories name theirs.
 *
 * @param allowed - private hosts that may be fetched from; by default this machine
 * @returns a value of git's `http.curloptResolve`, if a name was looked up
 * @throws `UnsafeSource` for anything but a clean https address that is not private; `SourceUnavailable` (retryable)
 */
export async function checkSource(
  { kind, cloneUrl }: Pick<SourceOrigin, 'kind' | 'cloneUrl'>,
  allowed: PrivateSources = THIS_MACHINE,
): Promise<string | undefined> {
  if (kind === 'github') {
    checkCloneUrl(cloneUrl);
    return undefined;
  }
  const read = readCloneUrl(cloneUrl, allowed);
  if ('why' in read) throw failure('UnsafeSource', `The repository's URL ${read.why}`);
  if (read.url !== cloneUrl && read.url !== `${cloneUrl}/`) {
    throw failure(
      'UnsafeSource',
      "The repository's URL is not in the form in which it is stored. Declare the service again.",
    );
  }
  return pinAddresses(new URL(read.url), allowed);
}

/** @throws `UnsafeSource` unless it is `https://…`, or `http://` to this very machine, without user or password. */
export function checkCloneUrl(cloneUrl: string): void {
  const url = URL.canParse(cloneUrl) ? new URL(cloneUrl) : undefined;
  const plain = url?.protocol === 'http:' && LOOPBACK.has(url.hostname);
  // White space and control characters are dropped by URL, but not by git; a backslash is read differently by both.
  const clean = /^[!-~]+$/.test(cloneUrl) && !cloneUrl.includes('\\') && url?.username === '' && url.password === '';
  if (!clean || !(plain || url.protocol === 'https:')) {
    throw failure(
      'UnsafeSource',
      'The repository URL is not one that Landfall fetches from. Use https://…, without user name and password in it.',
    );
  }
}

/** @throws `CommitNotFound` unless it is a full commit id. */
export function checkCommitId(commit: string): void {
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
