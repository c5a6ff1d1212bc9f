import type { GitHubId } from '../core/github-id.ts';
import type { Actor } from '../core/actor.ts';
import type { CheckClick, SuiteClick } from '../github/check-run.ts';
import type { CommentCommand, PullRequestClosed } from '../github/comment.ts';
import type { Trigger } from '../admission/delivery.ts';
import { commandWorkflowId, deliveryWorkflowId } from '../core/ids.ts';
import type { ProtectedJob } from '../github/protection.ts';

/** Something has changed where the App is installed. What, is asked of GitHub: events come in any order. */
export interface InstallationChange {
  readonly kind: 'installation';
  readonly requestKey: string;
  readonly installationId: GitHubId;
  /** The login of its owner. */
  readonly account: string;
  /** `suspend`, `repositories added`, …: for people. */
  readonly change: string;
  readonly actor: Actor;
}

/** GitHub waits for our check on a commit that nothing is deployed from yet: of a merge queue, or of a pull request. */
export interface CommitToCheck {
  readonly kind: 'commit-check';
  readonly requestKey: string;
  readonly repositoryId: GitHubId;
  readonly repository: string;
  readonly installationId: GitHubId | null;
  /** Where it is to be merged. */
  readonly branch: string;
  readonly commit: string;
  readonly actor: Actor;
}

/** What an accepted delivery of GitHub's asks for: one workflow each, which its kind names. Kept in the inbox. */
export type Handover =
  | Trigger
  | CheckClick
  | CommentCommand
  | CommitToCheck
  | InstallationChange
  | ProtectedJob
  | PullRequestClosed
  | SuiteClick;

const WORKFLOW = {
  push: 'delivery',
  ci: 'delivery',
  request: 'delivery',
  image: 'delivery',
  rollback: 'delivery',
  check: 'checkClick',
  'check-suite': 'suiteClick',
  protection: 'protectionRequest',
  promote: 'delivery',
  again: 'delivery',
  command: 'command',
  'pull-request-closed': 'pullRequestClosed',
  installation: 'installation',
  'commit-check': 'checkCommit',
} as const satisfies Record<Handover['kind'], string>;

/** The type of the workflow that takes it up, with the hand-over as its only argument. */
export const workflowOf = ({ kind }: Handover): string => WORKFLOW[kind];

/** A redelivery keeps its GUID. A comment may also be told by two webhooks, and is one command. */
export const workflowIdOf = (handover: Handover, deliveryId: string): string =>
  handover.kind === 'command' ? commandWorkflowId(handover.orderId) : deliveryWorkflowId(deliveryId);
