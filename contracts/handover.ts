import type { CheckClick } from './check-run.ts';
import type { CommentCommand, PullRequestClosed } from './comment.ts';
import type { Trigger } from './delivery.ts';
import { commandWorkflowId, deliveryWorkflowId } from './ids.ts';
import type { ProtectedJob } from './protection.ts';

/** What an accepted delivery of GitHub's asks for: one workflow each, which its kind names. Kept in the inbox. */
export type Handover =
  | Trigger
  | CheckClick
  | CommentCommand
  | ProtectedJob
  | PullRequestClosed; // prettier-ignore

const WORKFLOW = {
  push: 'delivery',
  ci: 'delivery',
  request: 'delivery',
  image: 'delivery',
  rollback: 'delivery',
  check: 'checkClick',
  protection: 'protectionRequest',
  promote: 'delivery',
  command: 'command',
  'pull-request-closed': 'pullRequestClosed',
} as const satisfies Record<Handover['kind'], string>;

/** The type of the workflow that takes it up, with the hand-over as its only argument. */
export const workflowOf = ({ kind }: Handover): string => WORKFLOW[kind];

/** A redelivery keeps its GUID. A comment may also be told by two webhooks, and is one command. */
export const workflowIdOf = (handover: Handover, deliveryId: string): string =>
  handover.kind === 'command' ? commandWorkflowId(handover.orderId) : deliveryWorkflowId(deliveryId);
