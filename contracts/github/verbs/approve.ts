import { decide } from './decide.ts';
import type { DecisionCommand, VerbDescription } from './verb.ts';
import { decided } from './words.ts';

interface Command extends DecisionCommand {
  readonly verb: 'approve';
}

export const approve = {
  usage: '/approve [note]',
  what: 'lets what waits for approval go on',
  needs: 'read',
  read: (line) => ({ verb: 'approve', ...decided(line) }),
  resolve: decide,
} as const satisfies VerbDescription<Command>;
