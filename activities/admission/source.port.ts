/**
 * Admission's reading of a repository, without cloning it. GitHub's side is `createGitHubSource` (activities/github/),
 * the side for public Git URLs is `createGitReader` (activities/source/).
 */
import type { OtherName } from '../../contracts/config/other-names.ts';
import type { ReadLandfallYaml } from '../../contracts/config/landfall-yaml.ts';
import type { GitHubId } from '../../contracts/core/github-id.ts';
import type { GitHubOrigin, GitOrigin, SourceOrigin } from '../../contracts/config/service.ts';

/** One commit: its full id, and its whole message as it was written. */
export interface SourceCommit {
  readonly commit: string;
  readonly message: string;
}

export interface SourceRepository {
  readonly id: GitHubId;
  readonly fullName: string;
  readonly defaultBranch: string;
  readonly cloneUrl: string;
  readonly private: boolean;
}

export type CommitOrder = 'ahead' | 'behind' | 'identical' | 'diverged';

interface ReadSource<Origin extends SourceOrigin> {
  /** The branch's present head, never from a cache. `undefined`: there is no such branch (any more). */
  branchHead(origin: Origin, branch: string, signal: AbortSignal): Promise<SourceCommit | undefined>;
  /** The commit that a tag stands for, its own tag object or not. `undefined`: there is no such tag. */
  tagCommit(origin: Origin, tag: string, signal: AbortSignal): Promise<SourceCommit | undefined>;
  /** `undefined`: the repository has no such commit. `sha` is a full commit id. */
  commit(origin: Origin, sha: string, signal: AbortSignal): Promise<SourceCommit | undefined>;
  /** A text file at a branch or commit. `undefined`: not there. `path` is relative to the repository. */
  file(origin: Origin, ref: string, path: string, signal: AbortSignal): Promise<string | undefined>;
}

/** @throws `GitHub*` (contracts/core/failures.ts) */
export interface GitHubSource extends ReadSource<GitHubOrigin> {
  /** Looked up by id, because names change; `cloneUrl` of what is passed may be out of date, or empty. */
  repository(origin: GitHubOrigin, signal: AbortSignal): Promise<SourceRepository>;
  /**
   * The account that made the branch point at this commit, by GitHub's own record, and the branch's head before.
   * `undefined`: GitHub does not report it.
   */
  movedBy(
    origin: GitHubOrigin,
    branch: string,
    commit: string,
    signal: AbortSignal,
  ): Promise<{ readonly login: string; readonly before: string } | undefined>;
  /** The logins of who wrote and committed what lies after `base` up to `head`; without a base, `head` alone. */
  authors(
    origin: GitHubOrigin,
    base: string | undefined,
    head: string,
    signal: AbortSignal,
  ): Promise<readonly string[]>;
  /** The position of `head` as seen from `base`; both are commits. `undefined`: one of them is gone. */
  compare(origin: GitHubOrigin, base: string, head: string, signal: AbortSignal): Promise<CommitOrder | undefined>;
  /** The files that lie between two commits, of a renamed one both names. `undefined`: `head` does not follow `base`, one of them is gone, or there are more than GitHub lists. */
  changedPaths(
    origin: GitHubOrigin,
    base: string,
    head: string,
    signal: AbortSignal,
  ): Promise<readonly string[] | undefined>;
}

/** @throws `SourceUnavailable` (retryable), `SourceRefused`, `UnsafeSource` */
export type GitSource = ReadSource<GitOrigin>;

export interface Source {
  /** Reads the text of a landfall.yaml. Without it, here and now: right for tests, not beside an API. */
  readonly readYaml?: ReadLandfallYaml;
  /** Other names of this source's projects and services, beside the names under which they are kept. */
  readonly namesOf?: (origin: SourceOrigin) => Promise<readonly OtherName[]>;
  readonly gitHub: GitHubSource;
  readonly git: GitSource;
}
