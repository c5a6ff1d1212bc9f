import type { SourceCredentials } from '../source/credentials.port.ts';
import type { GitHubSource } from '../admission/source.port.ts';
import type { TokenBroker } from './token-broker.ts';

/** Tokens for git: each may read one repository's contents, for an hour at most, and nothing else (requirements, B6). */
export function createGitHubCredentials(
  broker: TokenBroker,
  repositories: Pick<GitHubSource, 'repository'>,
): SourceCredentials {
  return {
    async tokenFor(origin, signal, refused) {
      if (origin.kind !== 'github') return undefined;
      if (refused) broker.forget(refused);
      const { installationId, repositoryId } = origin;
      return broker.token({ installationId, repositoryId, permissions: { contents: 'read' } }, signal);
    },
    async cloneUrlOf(origin, signal) {
      return origin.kind === 'github' ? (await repositories.repository(origin, signal)).cloneUrl : origin.cloneUrl;
    },
  };
}
