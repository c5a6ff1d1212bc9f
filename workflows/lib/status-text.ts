/** The few sentences that GitHub, pages and the Temporal UI show. */
import { shortCommit } from '../../contracts/core/names.ts';
import type { ApprovalState } from '../../contracts/deployment/approval.ts';

export function describeOutcome(outcome: string, commit: string, detail?: string): string {
  const what = {
    live: `${shortCommit(commit)} is live`,
    failed: `${shortCommit(commit)} was not deployed; what ran before never stopped`,
    rolled_back: `${shortCommit(commit)} was rolled back; what ran before is running again`,
    rollback_failed: `${shortCommit(commit)} failed and could not be rolled back; a person is needed`,
    cancelled: `${shortCommit(commit)} was cancelled`,
    superseded: `${shortCommit(commit)} was superseded by a newer commit`,
  }[outcome];
  return detail ? `${what ?? outcome}: ${detail}` : (what ?? outcome);
}

/** @param what - the thing that is held there */
export function describeGate(what: string, { state, needed, decisions }: ApprovalState): string {
  const last = decisions.at(-1)?.by.name ?? 'nobody';
  const names = decisions.map(({ by }) => by.name).join(', ');
  return {
    waiting: names
      ? `${what} waits for ${needed - decisions.length} more to approve, after ${names}`
      : `${what} waits for approval`,
    approved: `${what} is approved by ${names} and on its way`,
    rejected: `${what} was rejected by ${last}`,
    expired: `${what} was not approved in time`,
    cancelled: `${what} was cancelled`,
  }[state];
}
