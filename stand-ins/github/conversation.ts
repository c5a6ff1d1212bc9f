/** People's actions on issues and pull requests, in GitHub's own events. */
import { wire } from './wire.ts';
import { addComment, commentPayload } from './operations/comments.ts';
import { issueByNumber, issuePayload } from './operations/issues.ts';
import { pullPayload } from './operations/pulls.ts';
import { fullRepository, user } from './payloads.ts';
import { type IssueComment, type Repository, type State, installationOf, now } from './state.ts';
import type { Webhooks } from './webhooks.ts';

export interface Said {
  readonly author: string;
  readonly body: string;
}

/** A person comments: `issue_comment` with action `created`. */
export function sayComment(
  state: State,
  webhooks: Webhooks,
  repository: Repository,
  number: number,
  { author, body }: Said,
): IssueComment {
  const issue = issueByNumber(state, repository, number);
  const comment = addComment(state, issue, author, body);
  const url = `${state.url}/reactions`;
  const reactions = {
    url,
    total_count: 0,
    '+1': 0,
    '-1': 0,
    laugh: 0,
    confused: 0,
    heart: 0,
    hooray: 0,
    eyes: 0,
    rocket: 0,
  };
  const payload = {
    issue: {
      ...issuePayload(state, repository, issue),
      active_lock_reason: null,
      reactions,
      timeline_url: `${url}/timeline`,
    },
    comment: { ...commentPayload(state, repository, issue, comment), reactions },
    ...around(state, repository, author),
  };
  tell(state, webhooks, repository, { event: 'issue_comment', action: 'created' }, payload);
  return comment;
}

/** A person merges or closes it: `pull_request` with action `closed`. @param mergedAs - the merge's commit */
export async function closePull(
  state: State,
  webhooks: Webhooks,
  repository: Repository,
  number: number,
  { by, mergedAs = null }: { readonly by: string; readonly mergedAs?: string | null },
): Promise<void> {
  const issue = issueByNumber(state, repository, number);
  if (!issue.pull) throw new Error(`#${number} is no pull request`);
  issue.pull.mergedAs = mergedAs;
  issue.state = 'closed';
  issue.closedAt = now(state);
  issue.updatedAt = issue.closedAt;
  const payload = {
    number,
    pull_request: await pullPayload(state, repository, issue, issue.pull),
    ...around(state, repository, by),
  };
  tell(state, webhooks, repository, { event: 'pull_request', action: 'closed' }, payload);
}

function around(state: State, repository: Repository, sender: string) {
  const installation = installationOf(state, repository);
  return {
    repository: fullRepository(state, repository),
    sender: user(state, sender),
    ...(installation && { installation: { id: wire(installation.id), node_id: `I_${installation.id}` } }),
  };
}

function tell(
  state: State,
  webhooks: Webhooks,
  repository: Repository,
  { event, action }: { readonly event: string; readonly action: string },
  payload: object,
): void {
  webhooks.emit(event, { action, installation: installationOf(state, repository), repository }, payload);
}
