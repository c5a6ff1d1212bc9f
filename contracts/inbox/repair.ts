import type { Actor } from '../core/actor.ts';
import { commandWorkflowId, deliveryWorkflowId } from '../core/ids.ts';
import type { GitHubId } from '../core/github-id.ts';
import type { CheckClick, SuiteClick } from '../github/check-run.ts';
import type { CommentCommand } from '../github/comment.ts';
import type { InboxEvent, ActionOnGitHub, WorkflowNames } from './inbox-event.ts';

/** The results of one run of the repair. */
export interface RepairResult {
  /** Deliveries in GitHub's list that were looked at. */
  readonly looked: number;
  /** Deliveries that are not in our inbox and that GitHub delivers again. */
  readonly redelivered: number;
  /** Deliveries that were requested as often as makes sense. */
  readonly givenUp: number;
  /** True when the list was read to where the run before had ended; otherwise the next run goes on. */
  readonly upToDate: boolean;
}

/** A branch that a service follows, at a commit that no event has announced. */
export interface MovedHead {
  readonly repositoryId: GitHubId;
  readonly repository: string;
  readonly installationId: GitHubId;
  readonly branch: string;
  readonly commit: string;
}

/** A release whose workflow was gone, and whose commit is released again while it is its branch's head. */
export interface LostRelease {
  readonly releaseId: string;
  readonly actor: Actor;
}

/** A delivery that Temporal took. */
export interface HandedOver {
  readonly appId: number;
  readonly deliveryId: string;
  readonly handover: InboxEvent;
}

/** The order whose only work is to tell whoever placed another one that it was lost. */
export const lostOrderId = ({ orderId }: ActionOnGitHub): string => `${orderId}-lost`;

/** The id of that order's workflow. */
export const lostWorkflowId = (asked: ActionOnGitHub): string =>
  asked.kind === 'command' ? commandWorkflowId(lostOrderId(asked)) : deliveryWorkflowId(lostOrderId(asked));

/** Their workflows, for workflows: schemas of events are too much for the sandbox. */
const ANSWERED_BY = {
  command: 'command',
  check: 'checkClick',
  'check-suite': 'suiteClick',
} as const satisfies { readonly [K in ActionOnGitHub['kind']]: WorkflowNames[K] };

/** The type of that order's workflow. */
export const lostWorkflowType = ({ kind }: ActionOnGitHub): string => ANSWERED_BY[kind];

/** Work that was called under way and that no workflow did. */
export interface Reconciled {
  /** Releases, builds and deployments that were ended, and deliveries that are handed over again. */
  readonly ended: number;
  /** Releases that were lost lately and are still to be released again, whichever run ended them. */
  readonly again: readonly LostRelease[];
  /** Lost commands whose authors still wait for an answer. */
  readonly unanswered: readonly CommentCommand[];
  /** The same of clicks on check runs. */
  readonly unansweredClicks: readonly (CheckClick | SuiteClick)[];
  /** The reason why the first of those that could not be looked at could not. */
  readonly error?: string;
}

/** The state of a workflow with Temporal. */
export type WorkflowStanding =
  | { readonly kind: 'running' }
  /** Never begun, or longer ago than Temporal remembers. */
  | { readonly kind: 'unknown' }
  /** `status`: as Temporal calls it, such as `TERMINATED`. */
  | { readonly kind: 'ended'; readonly status: string; readonly endedAt: number };
