/** Where a fetch gets its token from: GitHub's installation tokens, or nothing for a public repository. */
import type { Secret } from '../../contracts/secret.ts';
import type { SourceOrigin } from '../../contracts/service.ts';

export interface SourceCredentials {
  /**
   * A token that may read this repository and, where the issuer can scope it, nothing else.
   *
   * @param refused - the token that the repository has just refused: forget it and get another one.
   * @returns `undefined` when the repository is read without any
   */
  tokenFor(origin: SourceOrigin, signal: AbortSignal, refused?: Secret): Promise<Secret | undefined>;
}
