/** Names at the beginning of free words: only whoever knows what there is can tell them from other words. Pure. */
import { ourWords } from '../../contracts/core/markdown.ts';
import { undressed } from '../../contracts/github/selector.ts';
import type { RepositoryService } from '../../store/queries/repository.ts';
import { CommandRefusal } from './refusal.ts';

interface Words {
  readonly service: string | null;
  readonly note: string;
}

interface Named extends Words {
  readonly environment: string | null;
}

/** `shop/web`, `web/production`, `shop/web/production` */
const PATH = /^[a-z0-9-]+(?:\/[a-z0-9-]+){1,2}$/;

/**
 * `production looks good` means the environment, `shop/web fine` the service; `productive day` means nothing.
 * @throws {CommandRefusal} for what looks like one of them and is none
 */
export function namedInWords(services: readonly RepositoryService[], said: Words): Named {
  let found: Named = { ...said, environment: null };
  for (;;) {
    const next = takeOne(services, found);
    if (!next) return found;
    found = next;
  }
}

function takeOne(services: readonly RepositoryService[], found: Named): Named | undefined {
  const [word = ''] = found.note.split(/\s/, 1);
  const name = undressed(word).toLowerCase();
  const note = found.note.slice(word.length).trim();
  const isService = services.some((one) => [one.service, `${one.project}/${one.service}`].includes(name));
  const isEnvironment = services.some(({ environments }) => environments.some((one) => one.name === name));
  if (found.service === null && isService) return { ...found, service: name, note };
  if (found.environment === null && isEnvironment) return { ...found, environment: name, note };
  if (!PATH.test(name)) return undefined;
  const service = name.slice(0, name.lastIndexOf('/'));
  const environment = name.slice(name.lastIndexOf('/') + 1);
  const isBoth = services.some(
    (one) =>
      [one.service, `${one.project}/${one.service}`].includes(service) &&
      one.environments.some((each) => each.name === environment),
  );
  if (isBoth && found.service === null && found.environment === null) return { service, environment, note };
  throw new CommandRefusal(
    ourWords`It begins with something like the name of a service, and there is none of that name here.`,
  );
}
