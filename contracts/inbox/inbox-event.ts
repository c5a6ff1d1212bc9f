import type { GitHubId } from '../core/github-id.ts';
import type { Actor } from '../core/actor.ts';
import type { CheckClick, SuiteClick } from '../github/check-run.ts';
import type { CommentCommand, PullRequestClosed } from '../github/comment.ts';
import type { Trigger } from '../admission/delivery.ts';
import { commandWorkflowId, deliveryWorkflowId, environmentId, serviceId } from '../core/ids.ts';
import { firstPart } from '../core/text.ts';
import { shortCommit } from '../core/names.ts';
import type { ProtectedJob } from '../github/protection.ts';

/** A change to the App's installation. Its details are read from GitHub: events come in any order. */
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
  /** The branch that it is to be merged to. */
  readonly branch: string;
  readonly commit: string;
  readonly actor: Actor;
}

/**
 * The work that an accepted delivery of GitHub's leads to, or a person's request that goes the same way. Kept in the
 * inbox.
 */
export type InboxEvent =
  | Trigger
  | CheckClick
  | CommentCommand
  | CommitToCheck
  | InstallationChange
  | ProtectedJob
  | PullRequestClosed
  | SuiteClick;

type Kind = InboxEvent['kind'];
type OfKind<K extends Kind> = Extract<InboxEvent, { readonly kind: K }>;

interface Taking<E extends InboxEvent> {
  /** The type of the workflow that takes it up, with the event as its only argument. */
  readonly workflow: string;
  /** Its subject, for people who browse the Temporal UI. */
  readonly about: (event: E) => string;
}

/** A new kind of event is one line here, beside the reader of its payload (api/webhooks/events) and its workflow. */
const EVENTS: { readonly [K in Kind]: Taking<OfKind<K>> } = {
  push: { workflow: 'delivery', about: ({ repository, branch }) => `push to ${repository} ${branch}` },
  ci: { workflow: 'delivery', about: ({ workflow, repository, branch }) => `${workflow} on ${repository} ${branch}` },
  request: {
    workflow: 'delivery',
    about: (event) => `release of ${serviceId(event)} ${event.tag ?? event.ref ?? ''}`.trimEnd(),
  },
  image: {
    workflow: 'delivery',
    about: ({ image: { commit, tag, digest }, ...event }) =>
      `image of ${serviceId(event)} ${tag ?? commit ?? digest ?? ''}`.trimEnd(),
  },
  rollback: {
    workflow: 'delivery',
    about: (event) => `rollback of ${environmentId(event)}${event.to === null ? '' : ` to ${event.to}`}`,
  },
  promote: { workflow: 'delivery', about: (event) => `promotion to ${environmentId(event)}` },
  again: { workflow: 'delivery', about: ({ releaseId }) => `release again of ${releaseId}` },
  command: {
    workflow: 'command',
    about: ({ asked, conversation: { repository, number } }) =>
      `/${asked.kind === 'command' ? asked.command.verb : asked.kind} on ${repository}#${String(number)}`,
  },
  check: { workflow: 'checkClick', about: ({ wanted, subject }) => `${wanted} on the check of ${subject.id}` },
  'check-suite': { workflow: 'suiteClick', about: ({ commit }) => `re-run of the checks of ${shortCommit(commit)}` },
  'commit-check': {
    workflow: 'checkCommit',
    about: ({ commit, repository, branch }) => `check of ${shortCommit(commit)} for ${repository} ${branch}`,
  },
  'pull-request-closed': {
    workflow: 'pullRequestClosed',
    about: ({ repository, number }) => `close of ${repository}#${String(number)}`,
  },
  protection: { workflow: 'protectionRequest', about: ({ repository, runId }) => `job of ${repository} run ${runId}` },
  installation: {
    workflow: 'installation',
    about: ({ change, account }) => `${change} of the installation at ${account}`,
  },
};

/** The type of the workflow that takes it up. */
export const workflowOf = ({ kind }: InboxEvent): string => EVENTS[kind].workflow;

/** One line for people who browse the Temporal UI. Summaries are limited to 200 bytes, and all of this is ASCII. */
export const summaryOf = <K extends Kind>(event: OfKind<K> & { readonly kind: K }): string =>
  firstPart(`${EVENTS[event.kind].about(event)} by ${event.actor.name}`, 200);

/** The id is the delivery's GUID, which a redelivery keeps. A comment that two webhooks report is still one command. */
export const workflowIdOf = (event: InboxEvent, deliveryId: string): string =>
  event.kind === 'command' ? commandWorkflowId(event.orderId) : deliveryWorkflowId(deliveryId);
