import { Mistake } from '../command-options.ts';
import { decide } from './decide.ts';
import type { DecisionCommand, VerbDescription } from './verb.ts';
import { decided } from './words.ts';

interface Command extends DecisionCommand {
  readonly verb: 'reject';
}

export const reject = {
  usage: '/reject reason',
  what: 'ends what waits for approval',
  needs: 'read',
  read(line) {
    const command = { verb: 'reject', ...decided(line) } as const;
    if (command.note === '') throw new Mistake('say why');
    return command;
  },
  resolve: decide,
} as const satisfies VerbDescription<Command>;
