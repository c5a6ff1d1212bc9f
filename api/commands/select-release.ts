/** Selects the waiting deployment or release of a command: by its id, or by the pull request of the comment. */
import { shortCommit } from '../../contracts/core/names.ts';
import { orderPrefix } from '../../contracts/github/comment.ts';
import { environmentOf, releaseOf, requestWorkflowId } from '../../contracts/core/ids.ts';
import { selectorOf } from '../../contracts/github/selector.ts';
import { code, joined, link, ourWords, type Markdown } from '../../contracts/core/markdown.ts';
import type { CommandQuestion } from '../../contracts/github/command-question.ts';
import type { RepositoryRelease, WaitingApproval } from '../../store/queries/repository.ts';
import { isNamed } from './select-environment.ts';
import { CommandRefusal, choices } from './refusal.ts';

type About = Pick<CommandQuestion, 'conversation' | 'pull' | 'commentedAt'>;

interface Meant {
  readonly service: string | null;
  /** The id from `selectorOf`. */
  readonly id: string | null;
  /** `null` or absent: whichever. */
  readonly environment?: string | null;
}

/** GitHub tells whole seconds. */
const SECOND_MS = 1_000;

/** @throws {CommandRefusal} unless exactly one is meant, and it waited already when that was written */
export function selectApproval(
  waiting: readonly WaitingApproval[],
  meant: Meant & { readonly verb: 'approve' | 'reject' },
  about: About,
): WaitingApproval {
  const { verb, id, environment = null } = meant;
  const fitting = waiting.filter(
    (one) =>
      isNamed(one.key, meant.service) &&
      (environment === null || one.key.environment === environment) &&
      (id === null ? belongs(one, about) : isWaitingAs(one, id)),
  );
  const [first, ...more] = fitting;
  if (!first) {
    const others = waiting.map(line);
    if (others.length === 0) throw new CommandRefusal(ourWords`Nothing waits for approval.`);
    throw new CommandRefusal(
      ourWords`${id === null ? 'Nothing of this pull request waits' : 'That does not wait'} for approval. What does, by its id such as ${code(`/${verb} ${waiting[0]?.deploymentId ?? ''}`)}:\n\n${choices(others)}`,
    );
  }
  if (more.length > 0) {
    throw new CommandRefusal(
      ourWords`Several wait for approval. Say which: ${code(`/${verb} ${first.deploymentId}`)}.\n\n${choices(fitting.map(line))}`,
    );
  }
  if (first.at.getTime() >= about.commentedAt + SECOND_MS) {
    throw new CommandRefusal(
      ourWords`It began to wait only after you wrote that. Look at it, then say it again:\n\n${choices([line(first)])}`,
    );
  }
  return first;
}

/** @throws {CommandRefusal} unless exactly one is meant */
export function selectCancel(underWay: readonly RepositoryRelease[], meant: Meant, about: About): RepositoryRelease {
  const fitting = underWay.filter((one) => isMeant(one, meant, about));
  const [first, ...more] = fitting;
  if (!first) {
    const where = meant.id === null && about.pull ? 'Nothing of this pull request is' : 'Nothing like that is';
    const others = underWay.length === 0 ? ourWords`` : ourWords` What is:\n\n${choices(underWay.map(releaseLine))}`;
    throw new CommandRefusal(ourWords`${where} under way.${others}`);
  }
  if (more.length > 0) {
    throw new CommandRefusal(
      ourWords`Several are under way. Say which: ${code(`/cancel ${first.releaseId}`)}.\n\n${choices(fitting.map(releaseLine))}`,
    );
  }
  return first;
}

/** The newest of a service is what a retry means. @throws {CommandRefusal} unless exactly one is meant */
export function selectRetry(releases: readonly RepositoryRelease[], meant: Meant, about: About): RepositoryRelease {
  const fitting = releases.filter((one) => isMeant(one, meant, about));
  const newest = fitting.filter((one, index) => fitting.findIndex((other) => sameService(one, other)) === index);
  const ended = newest.filter(({ state }) => state === 'failed' || state === 'cancelled');
  const [first, ...more] = ended;
  if (!first) {
    const there = newest.length === 0 ? ourWords`` : ourWords` There is:\n\n${choices(newest.map(releaseLine))}`;
    throw new CommandRefusal(ourWords`There is nothing that failed or was cancelled, and nothing newer since.${there}`);
  }
  if (more.length > 0) {
    throw new CommandRefusal(
      ourWords`Several could be retried. Say which: ${code(`/retry ${first.releaseId}`)}.\n\n${choices(ended.map(releaseLine))}`,
    );
  }
  return first;
}

/** An id means anything of the repository; a deployment stands for its release. */
function isMeant(release: RepositoryRelease, { service, id }: Meant, about: About): boolean {
  if (!isNamed(release.key, service)) return false;
  if (id === null) return belongs(release, about);
  return isReleasedAs(release, id);
}

/** A release, or its build, stands for its deployment. */
function isWaitingAs(one: WaitingApproval, id: string): boolean {
  if (one.deploymentId === id) return true;
  const { kind } = selectorOf(id) ?? {};
  if (kind === 'deployment') return false;
  if (kind === 'digest') return one.digest.startsWith(id);
  return isReleasedAs({ ...one, environments: [one.key.environment] }, id);
}

/** A deployment or build stands for its release. */
function isReleasedAs(one: Pick<RepositoryRelease, 'releaseId' | 'commit' | 'environments'>, id: string): boolean {
  switch (selectorOf(id)?.kind) {
    case 'release':
      return one.releaseId === id;
    case 'build':
      return one.releaseId === id.slice(0, id.lastIndexOf('.'));
    case 'deployment':
      return one.releaseId === releaseOf(id) && one.environments.includes(environmentOf(id)?.environment ?? '');
    case 'number':
      return isNumbered(one.releaseId, id) || isCommit(one, id);
    case 'commit':
      return isCommit(one, id);
    default:
      return false;
  }
}

const isNumbered = (releaseId: string, number: string): boolean => releaseId.endsWith(`.${number}`);
/** Seven digits or more may also begin a commit. */
const isCommit = ({ commit }: { readonly commit: string }, id: string): boolean =>
  id.length >= 7 && commit.startsWith(id);

/** On an issue anything of the repository; on a pull request what was ordered there, and what brings its commit. */
function belongs(
  { commit, requestKey }: Pick<RepositoryRelease, 'commit' | 'requestKey'>,
  { conversation, pull }: About,
): boolean {
  if (!conversation.isPullRequest) return true;
  if (requestKey.startsWith(requestWorkflowId(orderPrefix(conversation)))) return true;
  return pull !== null && (commit === pull.commit || commit === pull.mergedAs);
}

const sameService = (one: RepositoryRelease, other: RepositoryRelease): boolean =>
  one.key.project === other.key.project && one.key.service === other.key.service;

const line = ({ deploymentId, commit, subject }: WaitingApproval): Markdown =>
  ourWords`${link(code(deploymentId), `/deployments/${deploymentId}`)} ${code(`${shortCommit(commit)} ${subject}`)}`;

const releaseLine = ({ releaseId, commit, subject, state, environments }: RepositoryRelease): Markdown =>
  ourWords`${link(code(releaseId), `/releases/${releaseId}`)} ${code(`${shortCommit(commit)} ${subject}`)} → ${joined(environments.map(code), ', ')}: ${state}`;
