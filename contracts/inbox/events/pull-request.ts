import { z } from 'zod';
import type { PullChange } from '../../deployment/preview.ts';
import { orderPrefix, type PullRequestClosed, type PullRequestLabeled } from '../../github/comment.ts';
import { deliveryWorkflowId } from '../../core/ids.ts';
import { COMMIT } from '../../core/names.ts';
import { commitToCheck, type CommitToCheck } from './commit-to-check.ts';
import { actorOf, id, issueNumber, ignored, invalid, ofRepository } from './event.ts';
import type { GitHubEvent, Reading } from './event.ts';

const Payload = z.object({
  action: z.string().max(100),
  number: issueNumber,
  pull_request: z.object({
    // `null` when the fork is gone.
    head: z.object({ sha: z.string().regex(COMMIT), repo: z.object({ id }).nullish() }),
    base: z.object({ ref: z.string().max(1024), repo: z.object({ id }).nullish() }),
    user: z.object({ login: z.string().max(100) }).nullish(),
    labels: z.array(z.object({ name: z.string().max(200) })).nullish(),
    closed_at: z.iso.datetime({ offset: true }).nullish(),
  }),
  ...ofRepository,
});

/** Actions that bring a head without a check. */
const NEW_HEAD: ReadonlySet<string> = new Set(['opened', 'reopened', 'synchronize']);
const isNewHead = (action: string): action is 'opened' | 'reopened' | 'synchronize' => NEW_HEAD.has(action);

type PullRequestWork = CommitToCheck | PullRequestClosed | PullRequestLabeled;

function read(deliveryId: string, payload: unknown): Reading<PullRequestWork> {
  const parsed = Payload.safeParse(payload);
  if (!parsed.success) return invalid(parsed.error);
  const { action, number, pull_request: pull, repository, installation, sender } = parsed.data;
  const about = { repositoryId: repository.id, repository: repository.full_name, actor: actorOf(sender) };
  const changed = (what: PullChange['action']) => changeOf(parsed.data, what);
  if (isNewHead(action)) {
    const change = changed(action);
    return {
      kind: 'handover',
      handover: {
        kind: 'commit-check',
        requestKey: deliveryWorkflowId(deliveryId),
        ...about,
        installationId: installation?.id ?? null,
        branch: pull.base.ref,
        commit: pull.head.sha,
        ...(change && { change }),
      },
    };
  }
  if (action === 'labeled') {
    const change = changed(action);
    if (!change) return ignored('it names no installation: install the GitHub App', 'no_installation');
    return { kind: 'handover', handover: { kind: 'pull-request-labeled', change, actor: about.actor } };
  }
  if (action !== 'closed') return ignored(`the pull request is ${action}`, 'action_not_used');
  const change = changed(action);
  return {
    kind: 'handover',
    handover: {
      kind: 'pull-request-closed',
      // It may be opened and closed again.
      orderId: `${orderPrefix({ repositoryId: repository.id, number })}${deliveryId.slice(-12)}`,
      number,
      ...(pull.closed_at && { closedAt: Date.parse(pull.closed_at) }),
      ...(change && { change }),
      ...about,
    },
  };
}

/** More than that no rule is about. */
const MAX_LABELS = 100;

/** @returns `undefined` for the webhook of a single repository, which names no installation */
function changeOf(
  { number, pull_request: pull, repository, installation }: z.infer<typeof Payload>,
  action: PullChange['action'],
): PullChange | undefined {
  if (!installation) return undefined;
  const { head, base, user, labels } = pull;
  return {
    ...{ action, commit: head.sha, author: user?.login ?? null },
    pull: { repositoryId: repository.id, number, repository: repository.full_name, installationId: installation.id },
    fork: head.repo?.id !== (base.repo?.id ?? repository.id),
    labels: (labels ?? []).slice(0, MAX_LABELS).map(({ name }) => name),
  };
}

/** A new head, which cannot be merged or queued without our check where that is required; a label, or the pull request's end. */
export const pullRequestEvent = {
  event: 'pull_request',
  read,
  work: {
    'commit-check': commitToCheck,
    'pull-request-closed': {
      workflow: 'pullRequestClosed',
      ifLost: 'again',
      summary: ({ repository, number }) => `close of ${repository}#${String(number)}`,
    },
    'pull-request-labeled': {
      workflow: 'pullRequestLabeled',
      ifLost: 'again',
      summary: ({ change: { pull } }) => `label on ${pull.repository}#${String(pull.number)}`,
    },
  },
} as const satisfies GitHubEvent<PullRequestWork>;
