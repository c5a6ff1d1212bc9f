import type { GitHubOrigin } from '../../contracts/config/service.ts';
import { idText, type GitHubId } from '../../contracts/core/github-id.ts';
import { z } from 'zod';
import { failureOf } from '../../contracts/core/failures.ts';
import { checkAnswer, gitHubFailure, type CallContext } from './errors.ts';
import type { Permissions } from './mint-token.ts';
import { createOctokit, type GitHubApi } from './octokit.ts';
import type { TokenBroker } from './token-broker.ts';

export interface GitHubCall<T> {
  /** The repository that it is about. */
  readonly origin: GitHubOrigin;
  /** All that the call's token may do, in this one repository. */
  readonly permissions: Permissions;
  /** Starts a sentence of the error message: `Creating the deployment`. */
  readonly what: string;
  /** The used part of the answer; anything else in it is ignored. */
  readonly answer: z.ZodType<T>;
  readonly signal: AbortSignal;
}

interface RepositoryName {
  readonly owner: string;
  readonly repo: string;
}

/** Makes the request of one call with the client that it is given. */
export type Perform = (github: GitHubApi, repository: RepositoryName) => Promise<{ readonly data: unknown }>;

export interface GitHubClient {
  /**
   * Makes one call as the installation. A token that is refused is exchanged once; a repository that is not found by
   * name is looked up by id, because names change.
   * @throws `GitHub*` (contracts/core/failures.ts), or the signal's reason
   */
  call<T>(call: GitHubCall<T>, perform: Perform): Promise<T>;
}

interface GitHubClientOptions {
  readonly apiUrl: string;
  readonly broker: TokenBroker;
  /** For one call, token included. 12 s when not given: GitHub itself gives up after 10 s. */
  readonly timeoutMs?: number;
}

const Named = z.object({ full_name: z.string().includes('/') });

export function createGitHubClient({ apiUrl, broker, timeoutMs = 12_000 }: GitHubClientOptions): GitHubClient {
  /** Repository id → its name of today, for those that were renamed. */
  const renamed = new Map<GitHubId, string>();

  async function request<T>(call: GitHubCall<T>, fullName: string, perform: Perform): Promise<T> {
    const { origin, permissions, what, answer, signal } = call;
    const attempt: CallContext = { what: `${what} in ${fullName}` };
    const scope = { installationId: origin.installationId, repositoryId: origin.repositoryId, permissions };
    const [owner = '', repo = ''] = fullName.split('/');
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const once = async (): Promise<unknown> => {
      const token = await broker.token(scope, bounded);
      try {
        const { data } = await perform(createOctokit({ apiUrl, token, signal: bounded }), { owner, repo });
        return data;
      } catch (error) {
        if (hasStatus(error, 401)) broker.forget(token);
        throw error;
      }
    };
    try {
      const data = await once().catch((error: unknown) => {
        if (hasStatus(error, 401)) return once();
        throw error;
      });
      signal.throwIfAborted();
      return checkAnswer(answer, data, attempt);
    } catch (error) {
      signal.throwIfAborted();
      throw gitHubFailure(error, attempt);
    }
  }

  /** `undefined`: GitHub does not know the id either, or we may not see it. */
  async function nameOfToday(call: GitHubCall<unknown>): Promise<string | undefined> {
    const lookup = { ...call, what: 'Looking the repository up by its id', answer: Named };
    const { repositoryId, repository } = call.origin;
    return request(lookup, repository, (github) => github.request('GET /repositories/{id}', { id: repositoryId })).then(
      ({ full_name: fullName }) => fullName,
      (error: unknown) => {
        if (failureOf(error)?.type === 'GitHubNotFound') return undefined;
        throw error;
      },
    );
  }

  return {
    async call(call, perform) {
      const { repositoryId, repository } = call.origin;
      const known = renamed.get(idText(repositoryId)) ?? repository;
      try {
        return await request(call, known, perform);
      } catch (error) {
        if (failureOf(error)?.type !== 'GitHubNotFound') throw error;
        const name = await nameOfToday(call);
        if (name === undefined || name === known) throw error;
        renamed.set(idText(repositoryId), name);
        return request(call, name, perform);
      }
    },
  };
}

const hasStatus = (error: unknown, status: number): boolean =>
  error instanceof Error && 'status' in error && error.status === status;
