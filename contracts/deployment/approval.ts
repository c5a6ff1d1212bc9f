/** Approval of a deployment: what people decided. All times in milliseconds. */
import type { Actor } from '../core/actor.ts';

export const DECISION_VIAS = ['api', 'cli', 'page', 'comment', 'check', 'github'] as const;
export type DecisionVia = (typeof DECISION_VIAS)[number];

/** A person's answer about a waiting deployment. */
export interface DecisionRequest {
  readonly deploymentId: string;
  readonly decision: 'approve' | 'reject';
  readonly by: Actor;
  readonly via: DecisionVia;
  readonly note: string;
  /** The commit and image that the person saw, where they name it: refused when it is another one by now. */
  readonly commit?: string;
  readonly digest?: string;
}

export interface ApprovalDecision extends Omit<DecisionRequest, 'deploymentId' | 'commit' | 'digest'> {
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
  /** The people who may decide, in words. */
  readonly approvers: string;
  readonly decisions: readonly ApprovalDecision[];
  readonly askedAt: number;
  readonly expiresAt: number;
  readonly escalated: boolean;
}
