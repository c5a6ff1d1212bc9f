import type { GitHubOrigin } from '../../contracts/config/service.ts';
import { gitHubId } from '../../contracts/core/github-id-fields.ts';
import { z } from 'zod';
import { COMMIT } from '../../contracts/core/names.ts';
import { failure, failureOf, type FailureType } from '../../contracts/core/failures.ts';
import type { GitHubSource } from '../admission/source.port.ts';
import type { GitHubCall, GitHubClient } from './client.ts';

const PERMISSIONS = { contents: 'read' } as const;
/** Settings are small; what is larger is no settings file. */
const MAX_FILE_BYTES = 256 * 1024;

const Branch = z.object({
  name: z.string(),
  commit: z.object({ sha: z.string(), commit: z.object({ message: z.string() }) }),
});
const Tagged = z.object({ sha: z.string(), commit: z.object({ message: z.string() }) });
const Commit = z.object({ sha: z.string(), message: z.string() });
const File = z.object({ type: z.literal('file'), size: z.int(), encoding: z.string(), content: z.string() });
/** A folder is answered with a list, a link or a submodule with another type. */
const Content = z.union([File, z.array(z.unknown()), z.object({ type: z.enum(['symlink', 'submodule', 'dir']) })]);
/** `null`: no GitHub account has the commit's address. */
const Account = z.object({ login: z.string().optional() }).nullish();
const Authored = z.object({ author: Account, committer: Account });
const Activities = z.array(
  z.object({ before: z.string(), after: z.string(), actor: z.object({ login: z.string() }).nullable() }),
);
/** GitHub gives no more at once. */
const MOST = 100;

const Comparison = z.object({
  commits: z.array(Authored).default([]),
  status: z.enum(['ahead', 'behind', 'identical', 'diverged']),
  files: z.array(z.object({ filename: z.string(), previous_filename: z.string().optional() })).default([]),
});
/** GitHub lists no more of them (REST API, "Compare two commits"). */
const MAX_COMPARED_FILES = 300;
const Repository = z.object({
  id: gitHubId,
  full_name: z.string(),
  default_branch: z.string(),
  clone_url: z.string(),
  private: z.boolean(),
});

/** Reads repositories by GitHub's API, with tokens that may read this one repository and nothing else. */
export function createGitHubSource(client: GitHubClient): GitHubSource {
  const call = <T>(origin: GitHubOrigin, what: string, answer: z.ZodType<T>, signal: AbortSignal): GitHubCall<T> => ({
    origin,
    permissions: PERMISSIONS,
    what,
    answer,
    signal,
  });

  const comparison = (origin: GitHubOrigin, { base, head }: { base: string; head: string }, signal: AbortSignal) =>
    orNothing(
      client.call(call(origin, `Comparing ${base} with ${head}`, Comparison, signal), (github, repository) =>
        // The files come with the first page, however few commits it has.
        github.rest.repos.compareCommitsWithBasehead({ ...repository, basehead: `${base}...${head}`, per_page: 1 }),
      ),
    );

  const between = async (origin: GitHubOrigin, { base, head }: { base: string; head: string }, signal: AbortSignal) =>
    (
      await orNothing(
        client.call(call(origin, `Comparing ${base} with ${head}`, Comparison, signal), (github, repository) =>
          github.rest.repos.compareCommitsWithBasehead({
            ...repository,
            basehead: `${base}...${head}`,
            per_page: MOST,
          }),
        ),
      )
    )?.commits;

  const headOf = (origin: GitHubOrigin, head: string, signal: AbortSignal) =>
    orNothing(
      client.call(call(origin, `Reading who wrote ${head}`, Authored, signal), (github, repository) =>
        github.rest.repos.getCommit({ ...repository, ref: head }),
      ),
      'GitHubInvalid',
      'GitHubConflict',
    );

  return {
    async branchHead(origin, branch, signal) {
      const read = client.call(call(origin, `Reading branch ${branch}`, Branch, signal), (github, repository) =>
        github.rest.repos.getBranch({ ...repository, branch }),
      );
      const found = await orNothing(read);
      // A branch that was renamed answers from its old name, by a redirect: that is another branch.
      if (found?.name !== branch) return undefined;
      return { commit: found.commit.sha, message: found.commit.commit.message };
    },

    async tagCommit(origin, tag, signal) {
      const read = client.call(call(origin, `Reading tag ${tag}`, Tagged, signal), (github, repository) =>
        github.rest.repos.getCommit({ ...repository, ref: `tags/${tag}` }),
      );
      // GitHub answers 422 "No commit found for SHA" for a ref that is not there, 409 for an empty repository.
      const found = await orNothing(read, 'GitHubInvalid', 'GitHubConflict');
      return found && { commit: found.sha, message: found.commit.message };
    },

    async commit(origin, sha, signal) {
      const read = client.call(call(origin, `Reading commit ${sha}`, Commit, signal), (github, repository) =>
        github.rest.git.getCommit({ ...repository, commit_sha: sha }),
      );
      const found = await orNothing(read);
      return found && { commit: found.sha, message: found.message };
    },

    async file(origin, ref, path, signal) {
      const read = client.call(call(origin, `Reading ${path} at ${ref}`, Content, signal), (github, repository) =>
        // A tag may have the branch's name, and GitHub takes either for a bare one.
        github.rest.repos.getContent({ ...repository, ref: COMMIT.test(ref) ? ref : `refs/heads/${ref}`, path }),
      );
      const found = await orNothing(read);
      if (!found || !('content' in found)) return undefined;
      if (found.size > MAX_FILE_BYTES || found.encoding !== 'base64') {
        throw failure(
          'InvalidConfiguration',
          `${path} of ${origin.repository} holds ${found.size} bytes; at most ${MAX_FILE_BYTES} are read. Make it smaller.`,
        );
      }
      return Buffer.from(found.content, 'base64').toString('utf8');
    },

    async movedBy(origin, branch, commit, signal) {
      const read = client.call(call(origin, `Reading who moved ${branch}`, Activities, signal), (github, repository) =>
        github.rest.repos.listActivities({ ...repository, ref: `refs/heads/${branch}`, per_page: MOST }),
      );
      // The newest first: what counts is how the branch came to point there last.
      const found = (await orNothing(read))?.find(({ after }) => after === commit);
      return found?.actor ? { login: found.actor.login, before: found.before } : undefined;
    },

    async authors(origin, base, head, signal) {
      const commits = (base === undefined ? undefined : await between(origin, { base, head }, signal)) ?? [
        await headOf(origin, head, signal),
      ];
      const logins = commits.flatMap((one) => [one?.author?.login, one?.committer?.login]);
      return [...new Set(logins.filter((login) => login !== undefined))];
    },

    compare: async (origin, base, head, signal) => (await comparison(origin, { base, head }, signal))?.status,

    async changedPaths(origin, base, head, signal) {
      const found = await comparison(origin, { base, head }, signal);
      if (found?.status !== 'ahead' || found.files.length >= MAX_COMPARED_FILES) return undefined;
      return found.files.flatMap(({ filename, previous_filename: before }) =>
        before ? [filename, before] : [filename],
      );
    },

    async repository(origin, signal) {
      const id = origin.repositoryId;
      const found = await client.call(call(origin, `Reading repository ${id}`, Repository, signal), (github) =>
        github.request('GET /repositories/{id}', { id }),
      );
      return {
        id: found.id,
        fullName: found.full_name,
        defaultBranch: found.default_branch,
        cloneUrl: found.clone_url,
        private: found.private,
      };
    },
  };
}

async function orNothing<T>(read: Promise<T>, ...alsoMissing: readonly FailureType[]): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    const type = failureOf(error)?.type;
    if (type !== undefined && ['GitHubNotFound', ...alsoMissing].includes(type)) return undefined;
    throw error;
  }
}
