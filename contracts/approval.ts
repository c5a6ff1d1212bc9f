/** Approval gates: who may say yes to what, and what was said. All times in milliseconds. */
import type { Actor } from './actor.ts';

/** Repository permissions that may approve, weakest first (GitHub, "Repository roles"). */
export const APPROVER_PERMISSIONS = ['write', 'maintain', 'admin'] as const;
export type ApproverPermission = (typeof APPROVER_PERMISSIONS)[number];

/** Who may decide. Being one of them in any way is enough. */
export interface Approvers {
  /** GitHub logins, and access tokens as `token:NAME`. */
  readonly users: readonly string[];
  /** `organisation/team` slugs. */
  readonly teams: readonly string[];
  /** Everybody with this permission on the repository, or more. */
  readonly permission: ApproverPermission | null;
}

export interface ApprovalSettings {
  readonly from: Approvers;
  /** How many different people. */
  readonly count: number;
  /** Whether whoever caused the release counts. */
  readonly selfReview: boolean;
  /** From the asking on. */
  readonly remindAfterMs: number | null;
  readonly escalateAfterMs: number | null;
  /** Who may decide as well once it has escalated. */
  readonly escalateTo: Approvers | null;
  readonly expireAfterMs: number;
}

export const DECISION_VIAS = ['api', 'cli', 'page', 'comment', 'check', 'github'] as const;
export type DecisionVia = (typeof DECISION_VIAS)[number];

/** What somebody says about a waiting deployment. */
export interface DecisionRequest {
  readonly deploymentId: string;
  readonly decision: 'approve' | 'reject';
  readonly by: Actor;
  readonly via: DecisionVia;
  readonly note: string;
  /** What they had before their eyes, where they say so: refused when it is another one by now. */
  readonly commit?: string;
  readonly digest?: string;
}

export interface Decision extends Omit<DecisionRequest, 'deploymentId' | 'commit' | 'digest'> {
  readonly at: number;
}

/** Answer to a decision, and of the release's `approval` query. */
export interface ApprovalState {
  readonly deploymentId: string;
  readonly environment: string;
  readonly commit: string;
  /** `null`: it brings no image that Landfall knows, as a job of GitHub Actions. */
  readonly digest: string | null;
  readonly state: 'waiting' | 'approved' | 'rejected' | 'expired' | 'cancelled';
  readonly needed: number;
  readonly decisions: readonly Decision[];
  readonly askedAt: number;
  readonly expiresAt: number;
  readonly escalated: boolean;
}
