/** Commands in the names under which everything is kept: people may say any name that something has had. */
import type { GitHubId } from '../../contracts/core/github-id.ts';
import type { PersonCommand } from '../../contracts/github/command.ts';
import { keptServiceOf, namesIn } from '../../store/queries/names.ts';
import type { RepositoryService } from '../../store/queries/repository.ts';
import type { ApiDeps } from '../deps.ts';
import { selectorMeant } from '../../store/queries/kept-id.ts';
import { namedInWords } from './named-in-words.ts';

type Db = ApiDeps['store']['db'];

/** The service that it names, and what it names by an id that begins with one. */
export async function inKeptNames(db: Db, repositoryId: GitHubId, command: PersonCommand): Promise<PersonCommand> {
  if (!('service' in command)) return command;
  const keptId = async (id: string | null) => (id === null ? null : ((await selectorMeant(db, id))?.id ?? id));
  const service = await keptService(db, repositoryId, command.service);
  if (command.verb === 'rollback') return { ...command, service, to: await keptId(command.to) };
  return 'id' in command ? { ...command, service, id: await keptId(command.id) } : { ...command, service };
}

/**
 * Like {@link namedInWords}, with any of its names at the beginning of the words.
 * @throws {CommandRefusal} as that does
 */
export async function keptInWords(
  db: Db,
  repositoryId: GitHubId,
  services: readonly RepositoryService[],
  said: Parameters<typeof namedInWords>[1],
): Promise<ReturnType<typeof namedInWords>> {
  const names = await namesIn(db, [...new Set(services.map(({ project }) => project))]);
  const called = services.flatMap((one) => {
    const others = names.filter(({ project }) => project === one.project);
    const inside = (service: string | null) =>
      others.filter((other) => other.service === service).map(({ name }) => name);
    const own = [one.service, ...inside(one.service)];
    return [one.project, ...inside(null)].flatMap((project) => own.map((service) => ({ ...one, project, service })));
  });
  const named = namedInWords(called, said);
  return { ...named, service: await keptService(db, repositoryId, named.service) };
}

const keptService = async (db: Db, repositoryId: GitHubId, said: string | null): Promise<string | null> =>
  said === null ? null : keptServiceOf(db, repositoryId, said);
