import { Mistake, take } from '../command-options.ts';
import { ordered, type VerbDescription } from './verb.ts';
import { environmentNamed, type InEnvironment } from './words.ts';

interface Command extends InEnvironment {
  readonly verb: 'destroy';
}

/** Takes its whole name, because it cannot be undone. */
export const destroy = {
  usage: '/destroy PROJECT.SERVICE.ENVIRONMENT',
  what: 'takes everything of an environment away: what runs, its route, images, variables and secrets',
  needs: 'admin',
  read(line): Command {
    const { words } = take(line, []);
    const { service, environment } = environmentNamed(words, undefined);
    if (!service?.includes('/')) {
      throw new Mistake('say its whole name, such as shop.web.staging, or shop.web for all of a service');
    }
    return { verb: 'destroy', service, environment };
  },
  async resolve(command, repository) {
    const keys = await repository.environments(command);
    const [{ project, service } = { project: '', service: '' }] = keys;
    const environments = keys.map(({ environment }) => environment);
    return ordered({ kind: 'destroy', ...repository.placed, key: { project, service }, environments });
  },
} as const satisfies VerbDescription<Command>;
