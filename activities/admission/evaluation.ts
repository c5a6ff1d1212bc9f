import type { GitHubId } from '../../contracts/core/github-id.ts';
import type { AdmissionRequest } from '../../contracts/admission/admission.ts';
import { skipped, type Decision, type SkipReason } from '../../contracts/admission/decision.ts';
import { failureOf } from '../../contracts/core/failures.ts';
import type { InstallationState } from '../../contracts/config/installation.ts';
import type { GitHubOrigin, SourceOrigin } from '../../contracts/config/service.ts';
import type { Catalogue, ImageLookup } from './catalogue.port.ts';
import type { Refusal } from './admission.port.ts';
import type { Source } from './source.port.ts';

/** The dependencies of an evaluation. */
export interface DeliveryDeps {
  readonly catalogue: Catalogue;
  readonly source: Source;
  /** The state of the App's installation at GitHub. Without it, one that is suspended or gone fails the delivery. */
  readonly installations?: {
    stateOf(installationId: GitHubId, signal: AbortSignal): Promise<InstallationState>;
  };
  /** The places' task queues at which no worker asks for work; without it none is known to be away. */
  readonly unservedQueues?: (queues: readonly string[]) => Promise<readonly string[]>;
  /** The number of people in a team, 0 for one that is not there; `undefined` where that is not for the asker to know. @throws `GitHub*` */
  readonly teamSize?: (
    origin: GitHubOrigin,
    question: { readonly team: string; readonly asker: string },
    signal: AbortSignal,
  ) => Promise<number | undefined>;
  /** Without it every release builds. */
  readonly registry?: ImageLookup;
}

/** The result of evaluating a source: something to admit, the reason why there is nothing, or why it cannot be. */
export type Evaluation =
  | {
      readonly kind: 'admit';
      readonly request: AdmissionRequest;
      /** Services that could have been released, and are not. */
      readonly skipped: readonly Decision[];
      /** Parts of the file that will hardly have the wanted effect; only looked for when a person requests a plan. */
      readonly warnings?: readonly string[];
      /** Environments that this is no news for: worth keeping, not worth a word. */
      readonly unconcerned: readonly Decision[];
    }
  /** The decision depends on the versions live in these environments, and only they know. */
  | { readonly kind: 'ask'; readonly environments: readonly string[] }
  | { readonly kind: 'skip'; readonly decision: Decision }
  | { readonly kind: 'refuse'; readonly refusal: Refusal };

export const skip = (reason: SkipReason, detail: string, about: Partial<Decision> = {}): Evaluation => ({
  kind: 'skip',
  decision: skipped(reason, detail, about),
});

/** Evaluates one commit. An unusable configuration is an answer about the commit, not an error. */
export async function evaluateCommit(
  origin: SourceOrigin,
  commit: string,
  look: () => Promise<Evaluation>,
): Promise<Evaluation> {
  try {
    return await look();
  } catch (error) {
    const known = failureOf(error);
    if (known?.type !== 'InvalidConfiguration') throw error;
    return { kind: 'refuse', refusal: { origin, commit, failure: known } };
  }
}
