import type { GitHubId } from '../../contracts/core/github-id.ts';
import type { AdmissionRequest } from '../../contracts/admission/admission.ts';
import { skipped, type Decision, type SkipReason } from '../../contracts/admission/decision.ts';
import { failureOf } from '../../contracts/core/failures.ts';
import type { InstallationState } from '../../contracts/config/installation.ts';
import type { GitHubOrigin, SourceOrigin } from '../../contracts/config/service.ts';
import type { Catalogue, ImageLookup } from './catalogue.port.ts';
import type { Refusal } from './admission.port.ts';
import type { Source } from './source.port.ts';

/** What looking takes. */
export interface DeliveryDeps {
  readonly catalogue: Catalogue;
  readonly source: Source;
  /** What GitHub says of the App's installation. Without it, one that is suspended or gone fails the delivery. */
  readonly installations?: {
    stateOf(installationId: GitHubId, signal: AbortSignal): Promise<InstallationState>;
  };
  /** Those of the hosts whose worker asks for no work; without it none is known to be away. */
  readonly absentHosts?: (hosts: readonly string[]) => Promise<readonly string[]>;
  /** How many people a team has, 0 for one that is not there. @throws where GitHub does not say */
  readonly teamSize?: (origin: GitHubOrigin, team: string, signal: AbortSignal) => Promise<number>;
  /** Without it every release builds. */
  readonly registry?: ImageLookup;
}

/** What one look at a source led to: something to admit, the reason why there is nothing, or why it cannot be. */
export type Look =
  | {
      readonly kind: 'admit';
      readonly request: AdmissionRequest;
      /** What could have been released, and is not. */
      readonly skipped: readonly Decision[];
      /** What the file says and will hardly come true; looked for where somebody asks for a plan. */
      readonly warnings?: readonly string[];
      /** Environments that this is no news for: worth keeping, not worth a word. */
      readonly unconcerned: readonly Decision[];
    }
  /** What is live in these environments decides, and only they know. */
  | { readonly kind: 'ask'; readonly environments: readonly string[] }
  | { readonly kind: 'skip'; readonly decision: Decision }
  | { readonly kind: 'refuse'; readonly refusal: Refusal };

export const skip = (reason: SkipReason, detail: string, about: Partial<Decision> = {}): Look => ({
  kind: 'skip',
  decision: skipped(reason, detail, about),
});

/** What looking at one commit leads to; that its configuration cannot be used is an answer about the commit. */
export async function lookAtCommit(origin: SourceOrigin, commit: string, look: () => Promise<Look>): Promise<Look> {
  try {
    return await look();
  } catch (error) {
    const known = failureOf(error);
    if (known?.type !== 'InvalidConfiguration') throw error;
    return { kind: 'refuse', refusal: { origin, commit, failure: known } };
  }
}
