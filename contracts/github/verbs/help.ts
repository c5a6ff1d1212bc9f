import type { VerbDescription } from './verb.ts';

interface Command {
  readonly verb: 'help';
}

export const help = {
  usage: '/help',
  what: 'shows this',
  needs: 'none',
  read: () => ({ verb: 'help' }),
} as const satisfies VerbDescription<Command>;
