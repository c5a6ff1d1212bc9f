/**
 * Resolves a command among the services of its repository: to an order that names everything, an answer, or a refusal.
 */
import { idText } from '../../contracts/core/github-id.ts';
import { shortCommit } from '../../contracts/core/names.ts';
import type { PersonCommand } from '../../contracts/github/command.ts';
import { lockTie } from '../../contracts/github/comment.ts';
import { requestWorkflowId } from '../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import { code, ourWords } from '../../contracts/core/markdown.ts';
import { protectedRunOf } from '../../contracts/github/protection.ts';
import type { CommandQuestion, Resolution } from '../../contracts/github/resolution.ts';
import {
  listRepositoryReleases,
  listRepositoryServices,
  listWaitingApprovals,
} from '../../store/queries/repository.ts';
import type { ApiDeps } from '../deps.ts';
import type { RollbackTargets } from '../ports.ts';
import { inKeptNames, keptInWords } from './kept-names.ts';
import { meantTargets } from './meant-targets.ts';
import { selectEnvironment, matching } from './select-environment.ts';
import { findCommitGaps } from './commit-distance.ts';
import { CommandRefusal, choices } from './refusal.ts';
import { queueTable, statusTable } from './status-tables.ts';
import { selectApproval, selectCancel, selectRetry } from './select-release.ts';

type ResolveDeps = Pick<ApiDeps, 'store' | 'temporal'> & { readonly rollbackTargets: RollbackTargets };

/** Changes nothing. */
export async function resolveCommand(deps: ResolveDeps, question: CommandQuestion): Promise<Resolution> {
  try {
    return await resolve(deps, question, question.command);
  } catch (error) {
    if (error instanceof CommandRefusal) return { kind: 'refusal', text: error.text };
    throw error;
  }
}

async function resolve(deps: ResolveDeps, question: CommandQuestion, said: PersonCommand): Promise<Resolution> {
  const { db } = deps.store;
  const { orderId, by, conversation, pull } = question;
  const { repositoryId } = conversation;
  const command = await inKeptNames(db, repositoryId, said);
  const placed = { orderId, by };
  const order = (one: Extract<Resolution, { kind: 'order' }>['order'], releaseId: string | null = null) =>
    ({ kind: 'order', order: one, releaseId }) as const;
  const services = () => listRepositoryServices(db, repositoryId);

  switch (command.verb) {
    case 'deploy':
    case 'plan': {
      const { environment, ...key } = selectEnvironment(await services(), command);
      // On an issue there is no head: what deploys there by itself is what is meant.
      const ref = pull?.commit ?? null;
      if (command.verb === 'deploy') return order({ kind: 'deploy', ...placed, key, environment, ref });
      const requestKey = requestWorkflowId(orderId);
      return { kind: 'plan', trigger: { kind: 'request', requestKey, ...key, environment, ref, actor: by } };
    }
    case 'promote':
      return order({ kind: 'promote', ...placed, key: selectEnvironment(await services(), command) });
    case 'rollback': {
      const key = selectEnvironment(await services(), command);
      const to = command.to === null ? null : await deploymentMeant(deps, key, command.to);
      return order({ kind: 'rollback', ...placed, key, to });
    }
    case 'lock': {
      const { forMs, reason } = command;
      const key = selectEnvironment(await services(), command);
      const tie = conversation.isPullRequest ? { tiedTo: lockTie(conversation) } : {};
      return order({ kind: 'lock', ...placed, key, reason, forMs, ...tie });
    }
    case 'unlock':
      return order({
        kind: 'unlock',
        ...placed,
        key: selectEnvironment(await services(), command),
        force: command.force,
      });
    case 'approve':
    case 'reject': {
      const { verb } = command;
      const decide = { decision: verb, via: 'comment' } as const;
      if (command.id !== null && protectedRunOf(command.id)) {
        assertOfRepository(command.id, conversation);
        return order({ kind: 'decide', ...placed, ...decide, deploymentId: command.id, note: command.note });
      }
      const said = command.id === null ? await keptInWords(db, repositoryId, await services(), command) : command;
      if (verb === 'reject' && said.note === '') throw new CommandRefusal(ourWords`Say why as well.`);
      const waiting = await listWaitingApprovals(db, repositoryId);
      const chosen = selectApproval(waiting, { ...command, ...said }, question);
      const { deploymentId: id, commit, digest, releaseId } = chosen;
      const decision = { ...decide, note: said.note, commit, digest };
      return order({ kind: 'decide', ...placed, deploymentId: id, ...decision }, releaseId);
    }
    case 'cancel': {
      const underWay = await listRepositoryReleases(db, repositoryId, { underWay: true });
      const { releaseId } = selectCancel(underWay, command, question);
      const reason = `by ${by.name} on ${conversation.repository}#${conversation.number}`;
      return order({ kind: 'cancel', ...placed, what: { releaseId }, reason }, releaseId);
    }
    case 'retry': {
      const all = await listRepositoryReleases(db, repositoryId, { underWay: false });
      return order({ kind: 'retry', ...placed, releaseId: selectRetry(all, command, question).releaseId });
    }
    case 'status': {
      const keys = matching(await services(), command);
      return { kind: 'answer', text: await statusTable(deps, keys), gaps: await findCommitGaps(deps, keys) };
    }
    case 'queue':
      return { kind: 'answer', text: await queueTable(deps, matching(await services(), command)) };
    case 'help':
      throw new Error('help needs no repository');
  }
}

/** @throws {CommandRefusal} */
function assertOfRepository(jobId: string, { repositoryId }: CommandQuestion['conversation']): void {
  if (protectedRunOf(jobId)?.repositoryId === idText(repositoryId)) return;
  throw new CommandRefusal(ourWords`That job is of another repository: decide about it there.`);
}

/** @param to - a deployment's id or number, or the beginning of a commit. @throws {CommandRefusal} */
async function deploymentMeant({ rollbackTargets }: ResolveDeps, key: EnvironmentKey, to: string): Promise<string> {
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
