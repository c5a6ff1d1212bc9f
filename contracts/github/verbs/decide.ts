import type { Resolution } from '../resolution.ts';
import { ordered, type DecisionCommand, type CommandRepository } from './verb.ts';

/** Approves or rejects what waits. */
export async function decide(command: DecisionCommand, repository: CommandRepository): Promise<Resolution> {
  const { deploymentId, note, seen, releaseId } = await repository.waiting(command);
  const decision = { decision: command.verb, via: 'comment', deploymentId, note, ...seen } as const;
  return ordered({ kind: 'decide', ...repository.placed, ...decision }, releaseId);
}
