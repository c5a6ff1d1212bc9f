/** Reads a little of a public repository without keeping anything of it: where a branch is, a message, one file. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failure, failureOf } from '../../contracts/core/failures.ts';
import { COMMIT, shortCommit } from '../../contracts/core/names.ts';
import type { GitSource, SourceCommit } from '../admission/source.port.ts';
import type { PrivateSources } from './addresses.ts';
import { checkBranch, checkCommitId, checkPath, checkSource } from './check-input.ts';
import { blobArgs, entryArgs, fetchBareCommitArgs, headArgs, initArgs, messageArgs, tagArgs } from './git.ts';
import { runGit } from './run-git.ts';

interface GitReaderOptions {
  /** The parent of temporary folders; the system's own by default. */
  readonly dir?: string;
  /** Private hosts that may be read from; this machine by default. */
  readonly privateSources?: PrivateSources;
}

/** git-ls-remote(1), `--exit-code`. */
const NO_SUCH_REF = 2;

/**
 * {@link GitSource} by git itself. Every call throws more than the port names: `UnsafeSource` for a URL or path that is
 * refused, `InvalidConfiguration` for a file of more than 4 MiB, and `CommitNotFound` for a text that is neither branch
 * name nor commit id. When aborted it throws the signal's reason.
 */
export function createGitReader({ dir = tmpdir(), privateSources }: GitReaderOptions = {}): GitSource {
  const pinOf = (url: string) => checkSource({ kind: 'git', cloneUrl: url }, privateSources);

  async function branchCommit(url: string, branch: string, signal: AbortSignal): Promise<string | undefined> {
    const pin = await pinOf(url);
    checkBranch(branch);
    const call = { what: `Reading branch ${branch}`, url, pin, signal, answers: [0, NO_SUCH_REF] };
    const { exitCode, stdout } = await runGit({ ...call, args: headArgs(url, branch) });
    if (exitCode === NO_SUCH_REF) return undefined;
    const commit = stdout.split('\t')[0] ?? '';
    checkCommitId(commit);
    return commit;
  }

  async function tagCommit(url: string, tag: string, signal: AbortSignal): Promise<string | undefined> {
    const pin = await pinOf(url);
    checkBranch(tag);
    const call = { what: `Reading tag ${tag}`, url, pin, signal, answers: [0, NO_SUCH_REF] };
    const { exitCode, stdout } = await runGit({ ...call, args: tagArgs(url, tag) });
    if (exitCode === NO_SUCH_REF) return undefined;
    const lines = stdout.split('\n').map((line) => line.split('\t'));
    const [commit = ''] = lines.find(([, ref]) => ref?.endsWith('^{}')) ?? lines[0] ?? [];
    checkCommitId(commit);
    return commit;
  }

  /** Fetches one commit without its files into a folder that is gone afterwards, whatever happens. */
  async function withCommit<T>(
    url: string,
    commit: string,
    signal: AbortSignal,
    read: (git: string, pin: string | undefined) => Promise<T>,
  ): Promise<T | undefined> {
    const pin = await pinOf(url);
    checkCommitId(commit);
    const git = await mkdtemp(join(dir, 'landfall-read-'));
    try {
      const call = { what: `Reading commit ${shortCommit(commit)}`, url, pin, signal };
      await runGit({ ...call, args: initArgs(git, commit) });
      await runGit({ ...call, args: fetchBareCommitArgs(git, url, commit) });
      return await read(git, pin);
    } catch (error) {
      if (failureOf(error)?.type === 'CommitNotFound') return undefined;
      throw error;
    } finally {
      await rm(git, { recursive: true, force: true, maxRetries: 5 });
    }
  }

  async function readCommit(url: string, commit: string, signal: AbortSignal): Promise<SourceCommit | undefined> {
    return withCommit(url, commit, signal, async (git, pin) => {
      const what = `Reading the message of commit ${shortCommit(commit)}`;
      const { stdout } = await runGit({ what, url, pin, signal, args: messageArgs(git, commit) });
      return { commit, message: stdout.trimEnd() };
    });
  }

  return {
    async branchHead({ cloneUrl }, branch, signal) {
      const commit = await branchCommit(cloneUrl, branch, signal);
      return commit === undefined ? undefined : readCommit(cloneUrl, commit, signal);
    },

    async tagCommit({ cloneUrl }, tag, signal) {
      const commit = await tagCommit(cloneUrl, tag, signal);
      return commit === undefined ? undefined : readCommit(cloneUrl, commit, signal);
    },

    commit: async ({ cloneUrl }, sha, signal) => readCommit(cloneUrl, sha, signal),

    async file({ cloneUrl }, ref, path, signal) {
      checkPath(path);
      const commit = COMMIT.test(ref) ? ref : await branchCommit(cloneUrl, ref, signal);
      if (commit === undefined) return undefined;
      return withCommit(cloneUrl, commit, signal, async (git, pin) => {
        const call = { what: `Reading ${path} of commit ${shortCommit(commit)}`, url: cloneUrl, pin, signal };
        const { stdout } = await runGit({ ...call, args: entryArgs(git, commit, path) });
        // A link would lead to another file, perhaps nowhere: a file is a file.
        const id = /^100(?:644|755) blob ([0-9a-f]{40,64})\t/.exec(stdout)?.[1];
        if (id === undefined) return undefined;
        try {
          return (await runGit({ ...call, args: blobArgs(git, id) })).stdout;
        } catch (error) {
          if (failureOf(error)?.type !== 'UnsafeSource') throw error;
          throw failure('InvalidConfiguration', `${path} holds more than 4 MiB. Make it smaller.`);
        }
      });
    },
  };
}
