import type { VerbDescription } from './verb.ts';
import { inEnvironment, type InEnvironment } from './words.ts';

interface Command extends InEnvironment {
  readonly verb: 'queue';
}

export const queue = {
  usage: '/queue [environment]',
  what: 'the running and waiting deployments, and why they wait',
  needs: 'read',
  read: (line) => ({ verb: 'queue', ...inEnvironment(line) }),
  resolve: async (command, repository) => repository.queue(await repository.environments(command)),
} as const satisfies VerbDescription<Command>;
