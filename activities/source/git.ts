/**
 * Git's command lines, as values, and the environment that they run in.
 *
 * A repository is untrusted input: nothing that it holds may run here (hooks, filters, submodules, other transports),
 * and nothing of the host's own git configuration takes part. `--end-of-options` stands before values (gitcli(7)), save
 * where only a checked object id can follow.
 */
import type { Secret } from '../../contracts/core/secret.ts';
import { COMMIT } from '../../contracts/core/names.ts';

/** The repository's own files apart from the checked-out ones: no build context can ever hold them. */
export interface GitFolders {
  readonly git: string;
  readonly source: string;
}

export const initArgs = (git: string, commit: string): readonly string[] => [
  'init',
  '--quiet',
  '--bare',
  '--template=',
  `--object-format=${objectFormat(commit)}`,
  '--end-of-options',
  git,
];

/** Exactly this commit and nothing of its history. Servers give a commit by its id in protocol version 2. */
export const fetchArgs = (git: string, url: string, commit: string): readonly string[] => [
  `--git-dir=${git}`,
  'fetch',
  '--quiet',
  '--depth=1',
  '--no-tags',
  '--no-recurse-submodules',
  '--end-of-options',
  url,
  commit,
];

/**
 * Like {@link fetchArgs}, without the commit's files: each one comes when it is read. A server without partial clones
 * (git-clone(1) `--filter`) sends all of them.
 */
export const fetchBareCommitArgs = (git: string, url: string, commit: string): readonly string[] => [
  `--git-dir=${git}`,
  'fetch',
  '--quiet',
  '--depth=1',
  '--filter=blob:none',
  '--no-tags',
  '--no-recurse-submodules',
  '--end-of-options',
  url,
  commit,
];

export const checkoutArgs = ({ git, source }: GitFolders, commit: string): readonly string[] => [
  `--git-dir=${git}`,
  `--work-tree=${source}`,
  'checkout',
  '--quiet',
  '--force',
  '--detach',
  commit,
];

/** Prints `commit TAB refs/heads/branch`; exits with 2 when there is no such branch. */
export const headArgs = (url: string, branch: string): readonly string[] => [
  'ls-remote',
  '--quiet',
  '--exit-code',
  '--end-of-options',
  url,
  `refs/heads/${branch}`,
];

/** Prints `id TAB refs/tags/tag`, and the commit behind a tag object as `id TAB refs/tags/tag^{}`; exits with 2 as above. */
export const tagArgs = (url: string, tag: string): readonly string[] => [
  'ls-remote',
  '--quiet',
  '--exit-code',
  '--end-of-options',
  url,
  `refs/tags/${tag}`,
  `refs/tags/${tag}^{}`,
];

/** Prints `mode type id TAB path NUL`, or nothing when there is no such file. */
export const entryArgs = (git: string, commit: string, path: string): readonly string[] => [
  `--git-dir=${git}`,
  '--literal-pathspecs',
  'ls-tree',
  '--full-tree',
  '-z',
  '--end-of-options',
  commit,
  path,
];

/**
 * Prints `mode type id TAB path` for everything below a folder of the commit, one a line: a path with anything but
 * printable ASCII in it is quoted as in C (git-config(1), `core.quotePath`).
 *
 * @param folder - relative, normal, without `..`; `.` is the whole commit
 */
export const listArgs = (git: string, commit: string, folder: string): readonly string[] => [
  `--git-dir=${git}`,
  'ls-tree',
  '-r',
  '-t',
  '--full-tree',
  '--end-of-options',
  folder === '.' ? commit : `${commit}:${folder}`,
];

export const blobArgs = (git: string, id: string): readonly string[] => [`--git-dir=${git}`, 'cat-file', 'blob', id];

/** Prints the commit's whole message. */
export const messageArgs = (git: string, commit: string): readonly string[] => [
  `--git-dir=${git}`,
  'log',
  '--max-count=1',
  '--format=%B',
  '--end-of-options',
  commit,
];

/** Sent instead of a user name and password (GitHub Docs, "Authenticating as a GitHub App installation"). */
export function authorizationHeader(token: Secret): string {
  return `Authorization: Basic ${Buffer.from(`x-access-token:${token.reveal()}`).toString('base64')}`;
}

/** Seconds without a single byte after which a connection counts as dead. */
const STALLED_SECONDS = 30;

/** Last match wins in git; these are all there is, because no file is read. */
function settings(url: string, token?: Secret, pin?: string): readonly (readonly [key: string, value: string])[] {
  return [
    ['core.hooksPath', '/dev/null'],
    ['core.fsmonitor', 'false'],
    ['core.attributesFile', '/dev/null'],
    ['credential.helper', ''],
    // A server must not be able to send the token, or us, elsewhere.
    ['http.followRedirects', 'false'],
    ['http.lowSpeedLimit', '1'],
    ['http.lowSpeedTime', String(STALLED_SECONDS)],
    ['protocol.version', '2'],
    ['submodule.recurse', 'false'],
    // Housekeeping would go on in the background, after the program has ended.
    ['gc.auto', '0'],
    ['maintenance.auto', 'false'],
    // git-config(1): the address that was checked is the one that is connected to.
    ...(pin === undefined ? [] : [['http.curloptResolve', pin] as const]),
    ...(token === undefined ? [] : [[`http.${url}.extraHeader`, authorizationHeader(token)] as const]),
  ];
}

/**
 * The whole environment of a git command, beside PATH and LANG. The token is here and nowhere else: not in an
 * argument, a URL or a file.
 */
export function gitEnvironment(url: string, token?: Secret, pin?: string): Readonly<Record<string, string>> {
  const entries = settings(url, token, pin);
  return {
    // No ~/.netrc, no ~/.config/git.
    HOME: '/nonexistent',
    // Messages are matched in failures.ts.
    LC_ALL: 'C',
    GIT_ALLOW_PROTOCOL: 'https:http',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_COUNT: String(entries.length),
    ...Object.fromEntries(
      entries.flatMap(([key, value], index) => [
        [`GIT_CONFIG_KEY_${index}`, key],
        [`GIT_CONFIG_VALUE_${index}`, value],
      ]),
    ),
  };
}

function objectFormat(commit: string): 'sha1' | 'sha256' {
  return COMMIT.test(commit) && commit.length === 64 ? 'sha256' : 'sha1';
}
