import { take } from '../command-options.ts';
import { ordered, type VerbDescription } from './verb.ts';
import { environmentNamed, type InEnvironment } from './words.ts';

interface Command extends InEnvironment {
  readonly verb: 'unlock';
  readonly force: boolean;
}

export const unlock = {
  usage: '/unlock [environment] [--force]',
  what: 'lets them go on',
  needs: 'write',
  read(line) {
    const { words, options } = take(line, ['service', 'force']);
    return { verb: 'unlock', ...environmentNamed(words, options.service), force: options.force !== undefined };
  },
  resolve: async (command, repository) =>
    ordered({
      kind: 'unlock',
      ...repository.placed,
      key: await repository.environment(command),
      force: command.force,
    }),
} as const satisfies VerbDescription<Command>;
