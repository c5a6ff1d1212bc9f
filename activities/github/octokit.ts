import { Octokit } from '@octokit/rest';
import type { GitHubId } from '../../contracts/core/github-id.ts';
import type { Secret } from '../../contracts/core/secret.ts';

interface OctokitSettings {
  readonly apiUrl: string;
  /** An installation token, or the App's JWT. */
  readonly token: Secret;
  /** Ends the request. Octokit's own `timeout` option does nothing. */
  readonly signal: AbortSignal;
}

/** What our schemas of GitHub's answers were written for (GitHub REST, "API Versions"); without it, the oldest that is supported. */
const API_VERSION = '2022-11-28';

const silent = () => undefined;

/**
 * A client for one call. Without retry and throttling plugins: Temporal repeats, so that a lost answer is looked up
 * before anything is created again. Nothing is logged: errors carry what is worth knowing.
 */
export function createOctokit({ apiUrl, token, signal }: OctokitSettings): Octokit {
  const octokit = new Octokit({
    baseUrl: apiUrl,
    auth: token.reveal(),
    userAgent: 'landfall',
    request: { signal },
    log: { debug: silent, info: silent, warn: silent, error: silent },
  });
  octokit.hook.before('request', ({ headers }) => {
    headers['x-github-api-version'] = API_VERSION;
  });
  return octokit;
}

/** An id in an address or a body. GitHub's types say number there; Octokit writes a bigint as the same digits. */
export const asParameter = (id: GitHubId): number => BigInt(id) as unknown as number;
