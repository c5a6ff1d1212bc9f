/** What is replied to a command, in Markdown. Links that begin with `/` lead to our pages. */
import type { PullRequest } from '../../activities/github/conversation.port.ts';
import { formatDuration } from '../../contracts/core/duration.ts';
import { shortCommit, shortDigest } from '../../contracts/core/names.ts';
import { formatTime } from '../../contracts/core/time.ts';
import type { ApprovalState } from '../../contracts/deployment/approval.ts';
import { NEEDS, USAGE, type ReadCommand, type Verb } from '../../contracts/github/command.ts';
import type { FailureRecord } from '../../contracts/core/failures.ts';
import type { Distance, Gap } from '../../contracts/github/commit-distance.ts';
import { environmentId, serviceId } from '../../contracts/core/ids.ts';
import { code, fenced } from '../../contracts/core/markdown.ts';
import type { Order, OrderResult } from '../../contracts/github/order.ts';
import type { Permission } from '../../contracts/github/permission.ts';
import { protectedRunOf } from '../../contracts/github/protection.ts';
import type { ReleaseFacts, ReleaseResult } from '../../contracts/deployment/release.ts';

const good = (text: string): string => `✅ ${text}`;
export const bad = (text: string): string => `❌ ${text}`;

const usage = (verb: Verb): string => code(USAGE[verb][0]);

export const HELP = [
  '| Command | |',
  '| --- | --- |',
  ...Object.values(USAGE).map(([how, what]) => `| ${code(how)} | ${what} |`),
  '',
  'At the start of a comment, on pull requests and issues. Where a repository has several services, add `--service NAME`.',
].join('\n');

export const unknownCommand = `😕 There is no such command. There are:\n\n${HELP}`;

/** For a command whose workflow is gone: how far it had come is not known. */
export const lost = (asked: ReadCommand): string => {
  const what = asked.kind === 'command' ? code(`/${asked.command.verb}`) : 'This command';
  return `⚠️ ${what} was lost while it was under way: Temporal does not know it any more, or somebody ended it by force. Nothing more happens by itself. Look at ${code('/status')}, and say it again if it has not come to its end.`;
};

export const mistake = (verb: Verb, problem: string): string =>
  `😕 ${code(`/${verb}`)}: ${problem}. Say ${usage(verb)}.`;

export const lacksPermission = (who: string, verb: Verb, has: Permission): string =>
  bad(`${code(`/${verb}`)} takes the permission **${NEEDS[verb]}** on this repository; ${code(who)} has **${has}**.`);

/** Why a pull request's head is not deployed, or `undefined`. */
export function whyNotDeployed({ state, fork, head, commit }: PullRequest, verb: Verb): string | undefined {
  if (fork)
    return bad("The branch is a fork's. Commits of forks are not built here: push the branch to this repository.");
  if (state !== 'open') {
    return bad(
      `This pull request is ${state}. Say ${code(`/${verb}`)} on an issue to take the head of the default branch, or ${code('/promote')}.`,
    );
  }
  const at = code(shortCommit(commit));
  if (head === 'after') {
    return bad(
      `The head ${at} was pushed after you wrote that, or within the same second. Look at it, then say ${code(`/${verb}`)} again.`,
    );
  }
  if (head === 'unknown') {
    return bad(
      `GitHub does not tell when the head ${at} was pushed, so nobody knows whether it is what you looked at. Say ${code(`/${verb}`)} again; if that does not help, push again first.`,
    );
  }
  return undefined;
}

export const closedAlready = (state: string): string =>
  bad(`This pull request is ${state}: nothing would end the lock. Lock it from an open one, or from an issue.`);

export function notDone(verb: Verb, { message }: FailureRecord): string {
  return bad(`${code(`/${verb}`)} was not carried out:\n\n${fenced(message)}`);
}

/** @param result - of an order that releases nothing, or nothing that is followed */
export function done(order: Order, result: OrderResult): string {
  switch (result.kind) {
    case 'decided':
      return decided(result.approval);
    case 'cancelled':
      return good('It is being stopped; what it has switched is taken back.');
    case 'environment':
      return locked(order);
    case 'released':
      return bad(`Nothing was released:\n\n${fenced(result.skipped.join('\n'))}`);
  }
}

function decided({ deploymentId, commit, digest, decisions, needed, state }: ApprovalState): string {
  const name = protectedRunOf(deploymentId)
    ? code(deploymentId)
    : `[${code(deploymentId)}](/deployments/${deploymentId})`;
  const what = `${name}: ${code(shortCommit(commit))}${digest === null ? '' : `, image ${code(shortDigest(digest))}`}`;
  const said = decisions.filter(({ decision }) => decision === 'approve').length;
  if (state === 'rejected') return good(`Rejected ${what}.`);
  if (state === 'waiting') return good(`Approved ${what}. It still waits: ${said} of ${needed}.`);
  return good(`Approved ${what}.`);
}

function locked(order: Order): string {
  if (order.kind !== 'lock')
    return order.kind === 'unlock' ? good(`${code(environmentId(order.key))} is unlocked.`) : '';
  const where = code(environmentId(order.key));
  const end = order.tiedTo === undefined ? '' : ', or until this pull request is closed';
  const time = order.forMs === null ? '' : ` for ${formatDuration(order.forMs)}`;
  return good(`${where} is locked${time}${end}: ${code(order.reason)}. ${code('/unlock')} ends it.`);
}

/** What a promotion would bring, or a deployment of the branch. */
export function distanceLine({ environment, next }: Gap, { behind, ahead }: Distance): string {
  const other = next.commit === null ? `branch ${code(next.branch)}` : code(next.environment);
  const count = (commits: number) => `${commits} commit${commits === 1 ? '' : 's'}`;
  const ways = [
    ...(behind > 0 ? [`${count(behind)} behind`] : []),
    ...(ahead > 0 ? [`${behind > 0 ? ahead : count(ahead)} ahead of`] : []),
  ];
  return `- ${code(environment)}: ${ways.length > 0 ? ways.join(' and ') : 'the same commit as'} ${other}`;
}

/** What is on its way, and how one may follow it. */
export function underWay(facts: ReleaseFacts): string {
  return `⏳ ${described(facts)} is on its way to ${facts.environments.map(code).join(', ')}.`;
}

export function waitsForApproval(
  facts: ReleaseFacts,
  { deploymentId, environment, needed, decisions, expiresAt }: ApprovalState,
): string {
  const said = decisions.length > 0 ? ` (${decisions.length} of ${needed})` : needed > 1 ? ` (${needed} needed)` : '';
  return `⏸️ ${described(facts)} waits for approval of ${code(environment)}${said} until ${formatTime(expiresAt)}: ${code(`/approve ${deploymentId}`)} or ${code(`/reject ${deploymentId} why`)}.`;
}

/** How it ended. @param isWanted - whether that is what was ordered */
export function ended(facts: ReleaseFacts, { outcome, stages, failure }: ReleaseResult, isWanted: boolean): string {
  const lines = stages.map(
    ({ environment, deploymentId, state }) =>
      `- ${code(environment)}: [${state.replace('_', ' ')}](/deployments/${deploymentId})`,
  );
  const what = { completed: 'is live', failed: 'failed', cancelled: 'was cancelled' }[outcome];
  const parts = [
    (isWanted ? good : bad)(`${described(facts)} ${what}.`),
    lines.join('\n'),
    failure ? fenced(failure.message) : '',
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

export const followedNoMore = (facts: ReleaseFacts): string =>
  bad(`${described(facts)} has not ended; it is followed here no more.`);

const described = ({ releaseId, key, commit, subject }: ReleaseFacts): string =>
  `[${code(releaseId)}](/releases/${releaseId}): ${code(serviceId(key))} at ${code(`${shortCommit(commit)} ${subject}`)}`;
