/** The preview of a pull request, as its workflow, the store and people know it. All times in milliseconds since the epoch. */
import type { PreviewRules } from '../config/previews.ts';
import type { Actor } from '../core/actor.ts';
import type { FailureRecord } from '../core/failures.ts';
import type { GitHubId } from '../core/github-id.ts';
import type { EnvironmentKey, ServiceKey } from '../core/keys.ts';

/** A pull request of a repository on GitHub. */
export interface PullKey {
  readonly repositoryId: GitHubId;
  readonly number: number;
}

/** The same, with all that it takes to speak to GitHub about it. */
export interface PullRef extends PullKey {
  /** `owner/name` as of now. */
  readonly repository: string;
  readonly installationId: GitHubId;
}

/** The life of a preview, in order; `failed` is alive, and its next push tries again. */
export const PREVIEW_PHASES = ['waiting', 'creating', 'ready', 'failed', 'stopping', 'gone'] as const;
export type PreviewPhase = (typeof PREVIEW_PHASES)[number];

/** A person's request about the preview of a pull request. */
export interface PreviewRequest {
  /** The same one takes effect once. */
  readonly orderId: string;
  readonly by: Actor;
  readonly pull: PullRef;
  readonly wish: PreviewWish;
}

export type PreviewWish =
  /** Creates it, or renews its time. `fork`: the commit is another repository's, and a person has named it. */
  | { readonly kind: 'create'; readonly commit: string; readonly fork: boolean }
  /** So much more time, in milliseconds. */
  | { readonly kind: 'extend'; readonly forMs: number }
  | { readonly kind: 'stop' };

export type PreviewAnswer =
  /** It is under way: ask for its state. */
  | { readonly kind: 'accepted' }
  /** `isMost`: it is less than was wanted, because the rules allow no more. */
  | { readonly kind: 'extended'; readonly expiresAt: number; readonly isMost: boolean }
  | { readonly kind: 'stopping' }
  | { readonly kind: 'refused'; readonly why: string };

/** An order to remove one environment of a preview. */
export interface PreviewRemoval {
  readonly key: EnvironmentKey;
  readonly by: Actor;
  readonly orderId: string;
  /** The workflow that hears of the end. */
  readonly follower: string;
}

/** The rules for previews of a repository, read from its default branch; or the reason why it has none. */
export type PreviewRulesAnswer =
  | {
      readonly known: true;
      readonly project: string;
      readonly rules: PreviewRules;
      /** The number of previews that the whole installation of Landfall may have at once. */
      readonly installationLimit: number;
    }
  | { readonly known: false; readonly why: string };

/** The state of a pull request, as GitHub says it now. */
export interface SeenPull {
  /** `unseen`: it is gone, or we may not read it any more. */
  readonly state: 'open' | 'closed' | 'merged' | 'unseen';
  readonly commit: string;
  readonly fork: boolean;
}

/** The end of the removal of one service's environment. */
export interface EnvironmentEnd {
  readonly key: EnvironmentKey;
  readonly by: Actor;
  /** `null`: nothing of it is left. Otherwise why something is. */
  readonly left: string | null;
}

/** News of GitHub's about a pull request: look at it again. */
export interface PullChange {
  readonly action: 'opened' | 'reopened' | 'synchronize' | 'labeled' | 'closed';
  readonly pull: PullRef;
  readonly commit: string;
  /** The branch is another repository's. */
  readonly fork: boolean;
  /** The login of who opened it; `null`: the account is gone. */
  readonly author: string | null;
  readonly labels: readonly string[];
}

/** One service of a preview. */
export interface PreviewService {
  readonly key: ServiceKey;
  readonly state: 'waiting' | 'deploying' | 'live' | 'failed' | 'removing';
  /** The commit that serves; `null`: none. */
  readonly commit: string | null;
  readonly url: string | null;
  /** The newest release and deployment, as pages know them. */
  readonly releaseId: string | null;
  readonly deploymentId: string | null;
  readonly failure: FailureRecord | null;
}

/** The last thing that was said about a preview as a whole. */
export type PreviewNote =
  | { readonly kind: 'stopped' | 'extended'; readonly by: string; readonly at: number }
  | { readonly kind: 'closed' | 'merged' | 'unseen' | 'expired' | 'line-expired' | 'cancelled'; readonly at: number }
  | { readonly kind: 'refused'; readonly why: string; readonly at: number }
  /** The head of a fork's branch is another commit by now. */
  | { readonly kind: 'fork-moved'; readonly commit: string; readonly at: number };

/** A preview's account of itself. */
export interface PreviewView {
  readonly pull: PullRef;
  readonly phase: PreviewPhase;
  /** The person who wanted it; `null`: nobody has yet. */
  readonly owner: Actor | null;
  /** The commit that is wanted. */
  readonly commit: string | null;
  readonly createdAt: number | null;
  /** When it is removed; while it waits in line, when that is given up. */
  readonly expiresAt: number | null;
  /** In the line for a free slot, from 1. */
  readonly place: number | null;
  readonly services: readonly PreviewService[];
  readonly note: PreviewNote | null;
}

/** The record of a preview in the store. */
export interface PreviewRecord extends PreviewView {
  readonly at: number;
  /** A person has stopped it: it does not come back by itself. */
  readonly stopped: boolean;
}

/** The facts that a preview without a history learns from the store. */
export interface PreviewRecall {
  /** Services that have an environment of this preview. */
  readonly standing: readonly ServiceKey[];
  readonly stopped: boolean;
}

/** A preview's request for a slot. */
export interface SlotRequest {
  /** The id of its workflow. */
  readonly id: string;
  readonly repositoryId: GitHubId;
  /** In lower case. */
  readonly person: string;
  readonly limits: { readonly repository: number; readonly person: number; readonly installation: number };
  /** It has one already: it is only to be known again. */
  readonly holds?: true;
}

/** A place in line, and the number of those that wait. */
export interface LinePlace {
  readonly id: string;
  readonly place: number;
}
