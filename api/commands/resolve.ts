/**
 * Resolves a command among the services of its repository: to an order that names everything, an answer, or a refusal.
 */
import type { CommandOf, Verb } from '../../contracts/github/command.ts';
import type { CommandQuestion } from '../../contracts/github/command-question.ts';
import type { Resolution } from '../../contracts/github/resolution.ts';
import type { VerbDescription } from '../../contracts/github/verbs/verb.ts';
import { VERBS } from '../../contracts/github/verbs/verbs.ts';
import { presentNames } from '../../store/queries/names.ts';
import { inKeptNames } from './kept-names.ts';
import { CommandRefusal } from './refusal.ts';
import { createCommandRepository, type RepositoryDeps } from './repository.ts';

const DESCRIPTIONS: { readonly [V in Verb]: VerbDescription<CommandOf<V>> } = VERBS;

/** Changes nothing. */
export async function resolveCommand(deps: RepositoryDeps, question: CommandQuestion): Promise<Resolution> {
  const { command, conversation } = question;
  try {
    const kept = await inKeptNames(deps.store.db, conversation.repositoryId, command);
    return await withPresentName(deps, await resolve(kept, deps, question));
  } catch (error) {
    if (error instanceof CommandRefusal) return { kind: 'refusal', text: error.text };
    throw error;
  }
}

/** The reply to a lock, or to the end of an environment, says what the service is called now. */
async function withPresentName({ store }: RepositoryDeps, resolution: Resolution): Promise<Resolution> {
  if (resolution.kind !== 'order') return resolution;
  const { order } = resolution;
  if (order.kind !== 'lock' && order.kind !== 'unlock' && order.kind !== 'destroy') return resolution;
  const called = (await presentNames(store.db))(order.key);
  return called ? { ...resolution, order: { ...order, called } } : resolution;
}

async function resolve<V extends Verb>(
  command: CommandOf<V> & { readonly verb: V },
  deps: RepositoryDeps,
  question: CommandQuestion,
): Promise<Resolution> {
  const description: VerbDescription<CommandOf<V>> = DESCRIPTIONS[command.verb];
  if (!description.resolve) throw new Error(`/${command.verb} needs no repository`);
  return description.resolve(command, createCommandRepository(deps, question));
}
