import type { VerbDescription } from './verb.ts';
import { inEnvironment, type InEnvironment } from './words.ts';

interface Command extends InEnvironment {
  readonly verb: 'status';
}

export const status = {
  usage: '/status [environment]',
  what: 'the live versions, and how far behind they are',
  needs: 'read',
  read: (line) => ({ verb: 'status', ...inEnvironment(line) }),
  resolve: async (command, repository) => repository.status(await repository.environments(command)),
} as const satisfies VerbDescription<Command>;
