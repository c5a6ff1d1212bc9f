import { ordered, type VerbDescription } from './verb.ts';
import { inEnvironment, type InEnvironment } from './words.ts';

interface Command extends InEnvironment {
  readonly verb: 'deploy';
}

export const deploy = {
  usage: '/deploy [environment]',
  what: 'deploys the head of this pull request; on an issue, that of the default branch',
  needs: 'write',
  pull: 'head',
  read: (line) => ({ verb: 'deploy', ...inEnvironment(line) }),
  async resolve(command, repository) {
    const { environment, ...key } = await repository.environment(command);
    return ordered({ kind: 'deploy', ...repository.placed, key, environment, ref: repository.head });
  },
} as const satisfies VerbDescription<Command>;
