/** Answers what a verb asks about its repository. Everything that is not clear is refused, with what there is. */
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import { idText } from '../../contracts/core/github-id.ts';
import { code, ourWords } from '../../contracts/core/markdown.ts';
import { shortCommit } from '../../contracts/core/names.ts';
import type { CommandQuestion } from '../../contracts/github/command-question.ts';
import { lockTie } from '../../contracts/github/comment.ts';
import type { PullRef } from '../../contracts/deployment/preview.ts';
import { protectedRunOf } from '../../contracts/github/protection.ts';
import type { DecisionCommand, CommandRepository, Waiting } from '../../contracts/github/verbs/verb.ts';
import {
  listRepositoryReleases,
  listRepositoryServices,
  listWaitingApprovals,
} from '../../store/queries/repository.ts';
import type { ApiDeps } from '../deps.ts';
import type { RollbackTargets } from '../ports.ts';
import { findCommitGaps } from './commit-distance.ts';
import { keptInWords } from './kept-names.ts';
import { meantTargets } from './meant-targets.ts';
import { CommandRefusal, choices } from './refusal.ts';
import { previewLogsText, previewStatusText } from './preview-account.ts';
import { matching, selectEnvironment } from './select-environment.ts';
import { selectApproval, selectCancel, selectRetry } from './select-release.ts';
import { queueTable, statusTable } from './status-tables.ts';

export type RepositoryDeps = Pick<ApiDeps, 'store' | 'temporal' | 'logDir'> & {
  readonly rollbackTargets: RollbackTargets;
};

/** Every question throws {CommandRefusal}. */
export function createCommandRepository(deps: RepositoryDeps, question: CommandQuestion): CommandRepository {
  const { db } = deps.store;
  const { orderId, by, conversation, pull } = question;
  const { repositoryId, repository, number, isPullRequest } = conversation;
  const services = () => listRepositoryServices(db, repositoryId);

  return {
    placed: { orderId, by },
    place: `${repository}#${number}`,
    head: pull?.commit ?? null,
    tie: isPullRequest ? lockTie(conversation) : null,
    environment: async (wanted) => selectEnvironment(await services(), wanted),
    environments: async (wanted) => matching(await services(), wanted),
    rollbackTarget: (key, to) => deploymentMeant(deps, key, to),
    waiting,
    async underWay(command) {
      const all = await listRepositoryReleases(db, repositoryId, { underWay: true });
      return selectCancel(all, command, question).releaseId;
    },
    async ended(command) {
      const all = await listRepositoryReleases(db, repositoryId, { underWay: false });
      return selectRetry(all, command, question).releaseId;
    },
    status: async (keys) => ({
      kind: 'answer',
      text: await statusTable(deps, keys),
      gaps: await findCommitGaps(deps, keys),
    }),
    pullRequest,
    previewStatus: async () => ({ kind: 'answer', text: await previewStatusText(deps, pullRef()) }),
    previewLogs: async () => ({ kind: 'answer', text: await previewLogsText(deps, pullRef()) }),
    queue: async (keys) => ({ kind: 'answer', text: await queueTable(deps, keys) }),
  };

  function pullRef(): PullRef {
    if (!isPullRequest) throw new CommandRefusal(ourWords`Previews are of pull requests: say it on one.`);
    return { repositoryId, repository, number, installationId: conversation.installationId };
  }

  function pullRequest(): ReturnType<CommandRepository['pullRequest']> {
    return { pull: pullRef(), commit: pull?.commit ?? '', fork: pull?.fork === true };
  }

  async function waiting(command: DecisionCommand): Promise<Waiting> {
    const { verb, id } = command;
    if (id !== null && protectedRunOf(id)) {
      assertOfRepository(id, conversation);
      return { deploymentId: id, note: command.note, releaseId: null };
    }
    const said = id === null ? await keptInWords(db, repositoryId, await services(), command) : command;
    if (verb === 'reject' && said.note === '') throw new CommandRefusal(ourWords`Say why as well.`);
    const approvals = await listWaitingApprovals(db, repositoryId);
    const { deploymentId, commit, digest, releaseId } = selectApproval(approvals, { ...command, ...said }, question);
    return { deploymentId, note: said.note, seen: { commit, digest }, releaseId };
  }
}

/** @throws {CommandRefusal} */
function assertOfRepository(jobId: string, { repositoryId }: CommandQuestion['conversation']): void {
  if (protectedRunOf(jobId)?.repositoryId === idText(repositoryId)) return;
  throw new CommandRefusal(ourWords`That job is of another repository: decide about it there.`);
}

/** @param to - a deployment's id or number, or the beginning of a commit. @throws {CommandRefusal} */
async function deploymentMeant({ rollbackTargets }: RepositoryDeps, key: EnvironmentKey, to: string): Promise<string> {
  const targets = await rollbackTargets(key);
  const meant = meantTargets(targets, key, to);
  const [found, ...others] = meant;
  if (found && others.length === 0) return found.deploymentId;
  const lines = (found ? meant : targets).map(
    (one) =>
      ourWords`${code(one.deploymentId)} ${code(`${shortCommit(one.commit)} ${one.subject}`)}${one.available === false ? ': the registry no longer has its image' : ''}`,
  );
  if (found) throw new CommandRefusal(ourWords`Several are meant. Say which:\n\n${choices(lines)}`);
  const there = lines.length > 0 ? ourWords` There is:\n\n${choices(lines)}` : ourWords``;
  throw new CommandRefusal(ourWords`That was never live in ${code(key.environment)}, or is live now.${there}`);
}
