import { ordered, type VerbDescription } from './verb.ts';
import { ofWork, type OfWork } from './words.ts';

interface Command extends OfWork {
  readonly verb: 'cancel';
}

export const cancel = {
  usage: '/cancel [id]',
  what: 'stops what is under way; what it has switched is taken back',
  needs: 'write',
  read: (line) => ({ verb: 'cancel', ...ofWork(line) }),
  async resolve(command, repository) {
    const releaseId = await repository.underWay(command);
    const reason = `by ${repository.placed.by.name} on ${repository.place}`;
    return ordered({ kind: 'cancel', ...repository.placed, what: { releaseId }, reason }, releaseId);
  },
} as const satisfies VerbDescription<Command>;
