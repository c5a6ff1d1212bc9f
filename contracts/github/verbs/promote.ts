import { ordered, type VerbDescription } from './verb.ts';
import { inEnvironment, type InEnvironment } from './words.ts';

interface Command extends InEnvironment {
  readonly verb: 'promote';
}

export const promote = {
  usage: '/promote [environment]',
  what: 'takes what is live in the environment before it there, the same image',
  needs: 'write',
  read: (line) => ({ verb: 'promote', ...inEnvironment(line) }),
  resolve: async (command, repository) =>
    ordered({ kind: 'promote', ...repository.placed, key: await repository.environment(command) }),
} as const satisfies VerbDescription<Command>;
