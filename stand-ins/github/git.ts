/** The bare repositories behind the stand-in, read with the real git. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

const OPTIONS = {
  maxBuffer: 64 * 1024 * 1024,
  env: {
    PATH: process.env['PATH'],
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'safe.directory',
    GIT_CONFIG_VALUE_0: '*',
  },
};

/** Runs git in a repository and resolves with what it printed. Rejects when git fails. */
async function git(path: string, args: readonly string[], input = ''): Promise<string> {
  const running = execute('git', ['-C', path, ...args], OPTIONS);
  // Git may end without having read it all; what it printed then says why.
  running.child.stdin?.on('error', () => undefined).end(input);
  return (await running).stdout;
}

/** `undefined` instead of a rejection when git fails. */
async function attempt(path: string, args: readonly string[]): Promise<string | undefined> {
  return git(path, args).catch(() => undefined);
}

export async function createBareRepository(path: string, defaultBranch: string): Promise<void> {
  await execute('git', ['init', '--quiet', '--bare', `--initial-branch=${defaultBranch}`, path]);
  // GitHub allows this as well: a shallow or partial clone of exactly one commit.
  await git(path, ['config', 'uploadpack.allowReachableSHA1InWant', 'true']);
  await git(path, ['config', 'uploadpack.allowFilter', 'true']);
}

/** Full ref name → commit (tags: the tag object). */
export async function readRefs(path: string): Promise<Map<string, string>> {
  const lines = (await git(path, ['for-each-ref', '--format=%(refname) %(objectname)'])).split('\n').filter(Boolean);
  return new Map(lines.map((line) => line.split(' ') as [string, string]));
}

/** Objects read by an id, which names the same for ever: a process costs 20 ms in a test process of many megabytes. */
const byId = new Map<string, unknown>();

async function readOnce<T>(key: readonly string[], read: () => Promise<T>): Promise<T> {
  const name = key.join('\0');
  const found = byId.get(name) as T | undefined;
  if (found !== undefined) return found;
  const value = await read();
  byId.set(name, value);
  return value;
}

const ID = /^[0-9a-f]{40}$/;

/**
 * The content of the ref's own file (gitrepository-layout(5)), read without a process; `undefined` when it has none,
 * which does not mean that there is no such ref.
 *
 * @param name - in full, such as `refs/heads/main`; or `HEAD`
 */
export async function readLooseRef(gitDir: string, name: string): Promise<string | undefined> {
  if (name.includes('..')) return undefined;
  const text = (await readFile(join(gitDir, name), 'utf8').catch(() => '')).trimEnd();
  const [, other] = /^ref: (.+)$/.exec(text) ?? [];
  if (other !== undefined) return readLooseRef(gitDir, other);
  return ID.test(text) ? text : undefined;
}

/** The commit that a branch, tag or id means here. */
export async function resolveCommit(path: string, ref: string): Promise<string | undefined> {
  if (/[\s\0]/.test(ref)) return undefined;
  return ID.test(ref) ? readOnce([path, 'commit', ref], () => lookUp(path, ref)) : lookUp(path, ref);
}

async function lookUp(path: string, ref: string): Promise<string | undefined> {
  const plain = ref.replace(/^refs\//, '');
  // Like git (gitrevisions(7)): a tag hides a branch of the same bare name.
  const tag = plain.includes('heads/') ? undefined : await readLooseRef(path, `refs/tags/${plain}`);
  const head = await readLooseRef(path, plain.startsWith('heads/') ? `refs/${plain}` : `refs/heads/${plain}`);
  if (tag === undefined && head !== undefined) return head;
  const meanings = [`refs/tags/${plain}`, `refs/heads/${plain}`, `refs/${plain}`, ref];
  const asked = meanings.map((name) => `${name}^{commit}\n`).join('');
  const answers = await git(path, ['cat-file', '--batch-check=%(objectname)'], asked);
  return answers.split('\n').find((line) => ID.test(line));
}

export async function isAncestor(path: string, ancestor: string, descendant: string): Promise<boolean> {
  return (await attempt(path, ['merge-base', '--is-ancestor', ancestor, descendant])) !== undefined;
}

/** One entry of a commit's tree. */
export interface Entry {
  readonly mode: string;
  readonly type: 'blob' | 'tree' | 'commit';
  readonly sha: string;
  readonly path: string;
}

/** @param commit - an id */
export async function entryAt(path: string, commit: string, file: string): Promise<Entry | undefined> {
  return readOnce([path, 'entry', commit, file], () => readEntry(path, commit, file));
}

async function readEntry(path: string, commit: string, file: string): Promise<Entry | undefined> {
  const line = await attempt(path, ['ls-tree', '-z', commit, '--', file]);
  const match = /^(\d+) (blob|tree|commit) (\w+)\t([^\0]+)/.exec(line ?? '');
  if (!match) return undefined;
  const [, mode = '', type, sha = '', name = ''] = match;
  return { mode, type: type as Entry['type'], sha, path: name };
}

export async function readBlob(path: string, sha: string): Promise<Buffer> {
  return readOnce([path, 'blob', sha], async () => {
    const { stdout } = await execute('git', ['-C', path, 'cat-file', 'blob', sha], { ...OPTIONS, encoding: 'buffer' });
    return stdout;
  });
}

export interface Person {
  readonly name: string;
  readonly email: string;
  /** ISO 8601. */
  readonly date: string;
}

export interface Commit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Person;
  readonly committer: Person;
  readonly message: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly modified: readonly string[];
}

const FIELDS = ['%H', '%T', '%P', '%an', '%ae', '%aI', '%cn', '%ce', '%cI', '%B', ''].join('%x1f');

/** Newest first. `range` is what `git log` takes. */
export async function readCommits(path: string, range: readonly string[], limit: number): Promise<Commit[]> {
  const format = ['--name-status', '--no-renames', `--max-count=${limit}`, `--format=%x1e${FIELDS}`];
  const read = async () => {
    const printed = await git(path, ['-c', 'core.quotePath=false', 'log', ...format, ...range, '--']);
    return printed.split('\x1e').slice(1).map(parseCommit);
  };
  return range.every((end) => ID.test(end)) ? readOnce([path, 'log', String(limit), ...range], read) : read();
}

export interface ChangedFile {
  readonly status: 'added' | 'removed' | 'modified' | 'renamed';
  readonly path: string;
  readonly before?: string;
  /** The blob of the file as it is now, or was. */
  readonly blob: string;
}

const CHANGES: Readonly<Record<string, ChangedFile['status']>> = { A: 'added', D: 'removed', R: 'renamed' };

/** The changes from the two commits' common ancestor to the second one; GitHub compares in the same way. */
export async function readChangedFiles(path: string, base: string, head: string): Promise<ChangedFile[]> {
  const printed = await git(path, ['diff', '--raw', '-z', '--no-abbrev', '--find-renames', `${base}...${head}`, '--']);
  const [, ...entries] = printed.split('\0:').flatMap((entry, at) => (at === 0 ? ['', entry.slice(1)] : [entry]));
  return entries.filter(Boolean).map((entry) => {
    const [facts = '', first = '', second] = entry.split('\0');
    const [, , before = '', after = '', letter = ''] = facts.split(' ');
    const status = CHANGES[letter.charAt(0)] ?? 'modified';
    const blob = status === 'removed' ? before : after;
    return status === 'renamed' ? { status, path: second ?? '', before: first, blob } : { status, path: first, blob };
  });
}

function parseCommit(text: string): Commit {
  const [sha = '', tree = '', parents = '', ...rest] = text.split('\x1f');
  const [an = '', ae = '', aDate = '', cn = '', ce = '', cDate = '', message = '', files = ''] = rest;
  const changed = files.split('\n').map((line) => line.split('\t') as [string, string]);
  const having = (letter: string) => changed.filter(([status]) => status.startsWith(letter)).map(([, file]) => file);
  return {
    sha,
    tree,
    parents: parents.split(' ').filter(Boolean),
    author: { name: an, email: ae, date: aDate },
    committer: { name: cn, email: ce, date: cDate },
    message: message.trimEnd(),
    added: having('A'),
    removed: having('D'),
    modified: having('M'),
  };
}
