/** What a fetch needs to know of whom it asks: GitHub's installation tokens and present names, or nothing of either for a public repository. */
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
   * Where to fetch from now: a repository may have been renamed since the origin was written down, and redirects are not
   * followed, because the token would be sent along.
   */
  cloneUrlOf(origin: SourceOrigin, signal: AbortSignal): Promise<string>;
}
