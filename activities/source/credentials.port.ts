/** Access for a fetch: GitHub's installation tokens and present names; a public repository needs neither. */
import type { Secret } from '../../contracts/core/secret.ts';
import type { SourceOrigin } from '../../contracts/config/service.ts';

export interface SourceCredentials {
  /**
   * A token that may read this repository and, where the issuer can scope it, nothing else.
   *
   * @param refused - the token that the repository has just refused: forget it and get another one.
   * @returns `undefined` when the repository is read without any
   */
  tokenFor(origin: SourceOrigin, signal: AbortSignal, refused?: Secret): Promise<Secret | undefined>;
  /**
   * The address to fetch from now: a repository may have been renamed since its origin was stored. Redirects are not
   * followed, because the token would be sent along.
   */
  cloneUrlOf(origin: SourceOrigin, signal: AbortSignal): Promise<string>;
}
