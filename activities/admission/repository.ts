import type { ProjectSource } from '../../contracts/admission/admission.ts';
import { readLandfallYaml, type ReadLandfallYaml } from '../../contracts/config/landfall-yaml.ts';
import type { GitHubOrigin, GitOrigin, SourceOrigin } from '../../contracts/config/service.ts';
import type { Source, SourceCommit } from './source.port.ts';

/** One repository, however it is reached. All throw what {@link Source} throws. */
export interface RepositoryReader {
  /** With its present name and address. */
  readonly project: ProjectSource;
  /** Environments are read from it; pushes to it deploy where an environment names no branch. */
  readonly defaultBranch: string;
  /** Its own name, without the owner's. */
  readonly name: string;
  branchHead(branch: string): Promise<SourceCommit | undefined>;
  tagCommit(tag: string): Promise<SourceCommit | undefined>;
  commit(sha: string): Promise<SourceCommit | undefined>;
  file(ref: string, path: string): Promise<string | undefined>;
  readonly readYaml: ReadLandfallYaml;
}

/** @param branch - a public Git URL's default branch is the one that it was declared with */
export async function openReader(
  source: Source,
  { origin, branch }: { readonly origin: SourceOrigin; readonly branch: string },
  signal: AbortSignal,
): Promise<RepositoryReader> {
  if (origin.kind === 'github') return openGitHub(source, origin, signal);
  const { pathname } = new URL(origin.cloneUrl);
  return {
    project: { origin },
    defaultBranch: branch,
    name: lastPart(pathname),
    ...bind(source, source.git, origin, signal),
  };
}

/** The repository is looked up first: its name, address and default branch may all have changed since. */
export async function openGitHub(
  source: Pick<Source, 'gitHub' | 'readYaml' | 'namesOf'>,
  origin: GitHubOrigin,
  signal: AbortSignal,
): Promise<RepositoryReader> {
  const { gitHub } = source;
  const { fullName, cloneUrl, defaultBranch, private: isPrivate } = await gitHub.repository(origin, signal);
  const present = { ...origin, repository: fullName, cloneUrl };
  return {
    project: { origin: present, defaultBranch, private: isPrivate },
    defaultBranch,
    name: lastPart(fullName),
    ...bind(source, gitHub, present, signal),
  };
}

function bind<Origin extends GitHubOrigin | GitOrigin>(
  {
    readYaml = async (text, names) => readLandfallYaml(text, { ...(names && { names }) }),
    namesOf,
  }: Pick<Source, 'readYaml' | 'namesOf'>,
  source: {
    branchHead(origin: Origin, branch: string, signal: AbortSignal): Promise<SourceCommit | undefined>;
    tagCommit(origin: Origin, tag: string, signal: AbortSignal): Promise<SourceCommit | undefined>;
    commit(origin: Origin, sha: string, signal: AbortSignal): Promise<SourceCommit | undefined>;
    file(origin: Origin, ref: string, path: string, signal: AbortSignal): Promise<string | undefined>;
  },
  origin: Origin,
  signal: AbortSignal,
) {
  return {
    // Reads the file under the names by which everything is kept: later code needs no others.
    readYaml: async (text: string) => readYaml(text, (await namesOf?.(origin)) ?? []),
    branchHead: (branch: string) => source.branchHead(origin, branch, signal),
    tagCommit: (tag: string) => source.tagCommit(origin, tag, signal),
    commit: (sha: string) => source.commit(origin, sha, signal),
    file: (ref: string, path: string) => source.file(origin, ref, path, signal),
  };
}

const lastPart = (path: string): string =>
  path
    .replace(/(?:\.git)?\/*$/, '')
    .split('/')
    .at(-1) ?? '';
