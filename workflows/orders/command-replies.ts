/** Replies to commands, in Markdown. Links that begin with `/` lead to our pages. */
import type { PullRequest } from '../../activities/github/conversation.port.ts';
import { formatDuration } from '../../contracts/core/duration.ts';
import { shortCommit, shortDigest } from '../../contracts/core/names.ts';
import { formatTime } from '../../contracts/core/time.ts';
import type { ApprovalState } from '../../contracts/deployment/approval.ts';
import type { ReadCommand, Verb } from '../../contracts/github/command.ts';
import { VERBS } from '../../contracts/github/verbs/verbs.ts';
import type { PreviewAnswer } from '../../contracts/deployment/preview.ts';
import type { FailureRecord } from '../../contracts/core/failures.ts';
import type { Distance, Gap } from '../../contracts/github/commit-distance.ts';
import { environmentId, serviceId } from '../../contracts/core/ids.ts';
import { shownAs } from '../../contracts/core/keys.ts';
import {
  code,
  fenced,
  inline,
  joined,
  link,
  ourWords,
  phrase,
  table,
  type Markdown,
} from '../../contracts/core/markdown.ts';
import type { Order, OrderResult } from '../../contracts/github/order.ts';
import type { Permission } from '../../contracts/github/permission.ts';
import { protectedRunOf } from '../../contracts/github/protection.ts';
import type { ReleaseFacts, ReleaseResult } from '../../contracts/deployment/release.ts';

const good = (text: Markdown): Markdown => ourWords`✅ ${text}`;
export const bad = (text: Markdown): Markdown => ourWords`❌ ${text}`;

const usage = (verb: Verb): Markdown => code(VERBS[verb].usage);

const COMMANDS = table(
  [ourWords`Command`, ourWords``],
  Object.values(VERBS).map(({ usage: how, what }) => [code(how), ourWords`${what}`]),
);
export const HELP = ourWords`${COMMANDS}\n\nAt the start of a comment, on pull requests and issues. Where a repository has several services, add \`--service NAME\`.`;

/** @param near - the verb that may have been meant */
export const unknownCommand = (near?: Verb): Markdown =>
  near === undefined
    ? ourWords`😕 There is no such command. There are:\n\n${HELP}`
    : ourWords`😕 There is no such command. Did you mean ${usage(near)}? There are:\n\n${HELP}`;

/** For a command whose workflow is gone: how far it had come is not known. */
export const lostReply = (asked: ReadCommand): Markdown => {
  const what = asked.kind === 'command' ? code(`/${asked.command.verb}`) : 'This command';
  return ourWords`⚠️ ${what} was lost while it was under way: Temporal does not know it any more, or it was ended by force. Nothing more happens by itself. Look at ${code('/status')}, and say it again if it has not come to its end.`;
};

export const mistake = (verb: Verb, problem: string): Markdown =>
  ourWords`😕 ${code(`/${verb}`)}: ${phrase(problem)}. Say ${usage(verb)}.`;

export const lacksPermission = (who: string, verb: Verb, has: Permission): Markdown =>
  bad(
    ourWords`${code(`/${verb}`)} takes the permission **${VERBS[verb].needs}** on this repository; ${code(who)} has **${has}**.`,
  );

/**
 * The reason why a pull request's head is not deployed, or `undefined`.
 *
 * @param named - the beginning of the commit that was named, or `null`; absent for commands that take none
 */
export function whyNotDeployed(
  { state, fork, head, commit }: PullRequest,
  verb: Verb,
  named?: string | null,
): Markdown | undefined {
  if (fork && named === undefined)
    return bad(
      ourWords`The branch is a fork's. Commits of forks are not built here: push the branch to this repository.`,
    );
  if (state !== 'open' && named !== undefined) return bad(ourWords`This pull request is ${state}.`);
  if (state !== 'open') {
    return bad(
      ourWords`This pull request is ${state}. Say ${code(`/${verb}`)} on an issue to take the head of the default branch, or ${code('/promote')}.`,
    );
  }
  const at = code(shortCommit(commit));
  const byName = code(`/${verb} ${shortCommit(commit)}`);
  // Who names the commit has looked at it, whenever it was pushed.
  if (typeof named === 'string') {
    return commit.startsWith(named)
      ? undefined
      : bad(ourWords`The head is ${at}, not the commit that you named. Look at it, then say ${byName}.`);
  }
  if (fork) {
    return bad(
      ourWords`The branch is a fork's: anybody may have written what is built then. Look at its head ${at}, then name it: ${byName}.`,
    );
  }
  if (head === 'after') {
    return bad(
      ourWords`The head ${at} was pushed after you wrote that, or within the same second. Look at it, then say ${code(`/${verb}`)} again.`,
    );
  }
  if (head === 'unknown') {
    return bad(
      ourWords`GitHub does not tell when the head ${at} was pushed, so it may not be what you looked at. Say ${code(`/${verb}`)} again; if that does not help, push again first.`,
    );
  }
  return undefined;
}

export const closedAlready = (state: 'closed' | 'merged', verb: Verb): Markdown =>
  verb === 'preview'
    ? bad(ourWords`This pull request is ${state}, so its preview ends.`)
    : bad(
        ourWords`This pull request is ${state}: nothing would end the lock. Lock it from an open one, or from an issue.`,
      );

/** The time that a preview was given. */
export const extendedReply = ({ expiresAt, isMost }: Extract<PreviewAnswer, { kind: 'extended' }>): Markdown =>
  good(
    ourWords`It lives until ${inline(formatTime(expiresAt))}${isMost ? ': that is the most that landfall.yaml gives' : ''}.`,
  );

export function notDone(verb: Verb, { message }: FailureRecord): Markdown {
  return bad(ourWords`${code(`/${verb}`)} was not carried out:\n\n${fenced(message)}`);
}

/** @param result - the result of an order that releases nothing, or nothing that is followed */
export function done(order: Order, result: OrderResult): Markdown {
  switch (result.kind) {
    case 'decided':
      return decided(result.approval);
    case 'cancelled':
      return good(ourWords`It is being stopped; what it has switched is taken back.`);
    case 'environment':
      return locked(order);
    case 'destroying':
      return destroying(order);
    case 'preview':
      return ourWords``;
    case 'released':
      return bad(ourWords`Nothing was released:\n\n${fenced(result.skipped.join('\n'))}`);
  }
}

function decided({ deploymentId, commit, digest, decisions, needed, state }: ApprovalState): Markdown {
  const name = protectedRunOf(deploymentId)
    ? code(deploymentId)
    : link(code(deploymentId), `/deployments/${deploymentId}`);
  const what = ourWords`${name}: ${code(shortCommit(commit))}${digest === null ? '' : ourWords`, image ${code(shortDigest(digest))}`}`;
  const said = decisions.filter(({ decision }) => decision === 'approve').length;
  if (state === 'rejected') return good(ourWords`Rejected ${what}.`);
  if (state === 'waiting') return good(ourWords`Approved ${what}. It still waits: ${said} of ${needed}.`);
  return good(ourWords`Approved ${what}.`);
}

function destroying(order: Order): Markdown {
  if (order.kind !== 'destroy') return ourWords``;
  const named = order.environments.map((environment) => code(environmentId({ ...shownAs(order), environment })));
  return good(ourWords`Being destroyed: ${joined(named, ', ')}. ${code('/status')} lists them until they are gone.`);
}

function locked(order: Order): Markdown {
  if (order.kind !== 'lock')
    return order.kind === 'unlock' ? good(ourWords`${code(environmentId(shownAs(order)))} is unlocked.`) : ourWords``;
  const where = code(environmentId(shownAs(order)));
  const end = order.tiedTo === undefined ? '' : ', or until this pull request is closed';
  const time = order.forMs === null ? ourWords`` : ourWords` for ${inline(formatDuration(order.forMs))}`;
  return good(ourWords`${where} is locked${time}${end}: ${code(order.reason)}. ${code('/unlock')} ends it.`);
}

/** The commits that a promotion, or a deployment of the branch, would bring. */
export function distanceLine({ environment, next }: Gap, { behind, ahead }: Distance): Markdown {
  const other = next.commit === null ? ourWords`branch ${code(next.branch)}` : code(next.environment);
  const count = (commits: number) => ourWords`${commits} commit${commits === 1 ? '' : 's'}`;
  const ways = [
    ...(behind > 0 ? [ourWords`${count(behind)} behind`] : []),
    ...(ahead > 0 ? [ourWords`${behind > 0 ? ahead : count(ahead)} ahead of`] : []),
  ];
  return ourWords`- ${code(environment)}: ${ways.length > 0 ? joined(ways, ' and ') : 'the same commit as'} ${other}`;
}

/** The release that is on its way, and the commands to follow it. */
export function underWay(facts: ReleaseFacts): Markdown {
  return ourWords`⏳ ${described(facts)} is on its way to ${joined(facts.environments.map(code), ', ')}.`;
}

export function approvalReply(
  facts: ReleaseFacts,
  { deploymentId, environment, needed, decisions, expiresAt }: ApprovalState,
): Markdown {
  const said =
    decisions.length > 0
      ? ourWords` (${decisions.length} of ${needed})`
      : needed > 1
        ? ourWords` (${needed} needed)`
        : '';
  return ourWords`⏸️ ${described(facts)} waits for approval of ${code(environment)}${said} until ${inline(formatTime(expiresAt))}: ${code(`/approve ${deploymentId}`)} or ${code(`/reject ${deploymentId} why`)}.`;
}

/** The end of the release. @param isWanted - true when that is what was ordered */
export function endedReply(
  facts: ReleaseFacts,
  { outcome, stages, failure }: ReleaseResult,
  isWanted: boolean,
): Markdown {
  const lines = stages.map(
    ({ environment, deploymentId, state }) =>
      ourWords`- ${code(environment)}: ${link(inline(state.replace('_', ' ')), `/deployments/${deploymentId}`)}`,
  );
  const what = ({ completed: 'is live', failed: 'failed', cancelled: 'was cancelled' } as const)[outcome];
  const parts = [
    (isWanted ? good : bad)(ourWords`${described(facts)} ${what}.`),
    joined(lines, '\n'),
    failure ? fenced(failure.message) : ourWords``,
  ];
  return joined(
    parts.filter((part) => part.length > 0),
    '\n\n',
  );
}

export const followedNoMore = (facts: ReleaseFacts): Markdown =>
  bad(ourWords`${described(facts)} has not ended; it is followed here no more.`);

const described = ({ releaseId, commit, subject, ...facts }: ReleaseFacts): Markdown =>
  ourWords`${link(code(releaseId), `/releases/${releaseId}`)}: ${code(serviceId(shownAs(facts)))} at ${code(`${shortCommit(commit)} ${subject}`)}`;
