import type { GitHubId } from '../../contracts/core/github-id.ts';
import type { z } from 'zod';
import { checkAnswer, gitHubFailure } from './errors.ts';
import { createOctokit, type GitHubApi } from './octokit.ts';
import type { TokenBroker } from './token-broker.ts';

const TIMEOUT_MS = 12_000;

interface MetadataCall<T> {
  readonly installationId: GitHubId;
  readonly what: string;
  readonly answer: z.ZodType<T>;
  readonly signal: AbortSignal;
}

/**
 * Makes one call for what comes before a repository is known by its id, with a token that may read the metadata of the
 * installation's repositories and nothing else.
 *
 * @throws `GitHub*` (contracts/core/failures.ts), or the signal's reason
 */
export async function readMetadata<T>(
  { apiUrl, broker }: { readonly apiUrl: string; readonly broker: TokenBroker },
  { installationId, what, answer, signal }: MetadataCall<T>,
  perform: (github: GitHubApi) => Promise<{ readonly data: unknown }>,
): Promise<T> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  try {
    const scope = { installationId, repositoryId: 'every', permissions: { metadata: 'read' } } as const;
    const token = await broker.token(scope, bounded);
    const { data } = await perform(createOctokit({ apiUrl, token, signal: bounded }));
    return checkAnswer(answer, data, { what });
  } catch (error) {
    signal.throwIfAborted();
    throw gitHubFailure(error, { what });
  }
}
