/** The files of a commit as git knows them: what a checkout cannot show, such as submodules and each file's own id. */
import { shortCommit } from '../../contracts/core/names.ts';
import { posix } from 'node:path';
import { listArgs } from './git.ts';
import { runGit } from './run-git.ts';

export interface CommittedFile {
  /** Octal, as git writes it: `100644`, `120000` for a link, `040000` for a folder, `160000` for a submodule. */
  readonly mode: string;
  /** The id of its content. */
  readonly id: string;
  /** Relative to the folder. Bytes that are not UTF-8 are U+FFFD. */
  readonly path: string;
  /** Git's ASCII spelling, when `path` is not the name: bytes that are not UTF-8 are octal. */
  readonly unreadable?: string;
}

interface ListRequest {
  /** The git folder of the fetched commit. */
  readonly git: string;
  readonly commit: string;
  /** A checked relative path that the commit has as a folder. */
  readonly folder: string;
  /** For messages. */
  readonly url: string;
  readonly signal: AbortSignal;
}

/** About half a million files. */
const MAX_LISTING = 64 * 1024 * 1024;
const LINE = /^(\d{6}) \w+ ([0-9a-f]{40,64})\t(.+)$/;

/**
 * Every file, folder, link and submodule below a folder of a fetched commit, in git's order.
 *
 * @throws `UnsafeSource` when there are too many to list; `Internal` when git is not installed
 */
export async function listFiles({ git, commit, folder, url, signal }: ListRequest): Promise<readonly CommittedFile[]> {
  const { stdout } = await runGit({
    what: `Listing the files of commit ${shortCommit(commit)}`,
    url,
    signal,
    args: listArgs(git, commit, posix.normalize(folder).replace(/\/$/, '')),
    maxOutput: MAX_LISTING,
  });
  return stdout.split('\n').flatMap((line) => {
    const [, mode, id, path] = LINE.exec(line) ?? [];
    return mode === undefined || id === undefined || path === undefined ? [] : [{ mode, id, ...unquoted(path) }];
  });
}

const ESCAPES: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };
const ESCAPE = /\\(?:([0-7]{3})|(.))/g;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Undoes git's quoting (git-config(1), `core.quotePath`). */
function unquoted(printed: string): Pick<CommittedFile, 'path' | 'unreadable'> {
  if (!printed.startsWith('"')) return { path: printed };
  const latin = printed
    .slice(1, -1)
    .replace(ESCAPE, (_, octal?: string, letter: string = '') =>
      octal === undefined ? (ESCAPES[letter] ?? letter) : String.fromCharCode(Number.parseInt(octal, 8)),
    );
  const bytes = Buffer.from(latin, 'latin1');
  try {
    return { path: utf8.decode(bytes) };
  } catch {
    return { path: bytes.toString(), unreadable: printed };
  }
}
