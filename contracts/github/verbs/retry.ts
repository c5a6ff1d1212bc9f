import { ordered, type VerbDescription } from './verb.ts';
import { ofWork, type OfWork } from './words.ts';

interface Command extends OfWork {
  readonly verb: 'retry';
}

export const retry = {
  usage: '/retry [id]',
  what: 'releases what failed or was cancelled again',
  needs: 'write',
  read: (line) => ({ verb: 'retry', ...ofWork(line) }),
  resolve: async (command, repository) =>
    ordered({ kind: 'retry', ...repository.placed, releaseId: await repository.ended(command) }),
} as const satisfies VerbDescription<Command>;
