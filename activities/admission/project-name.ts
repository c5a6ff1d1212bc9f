/** Finds the project of a repository's services. A repository keeps its project, whatever either is called later. */
import { failure } from '../../contracts/core/failures.ts';
import { LANDFALL_YAML } from '../../contracts/config/landfall-yaml.ts';
import type { LandfallYaml } from '../../contracts/config/landfall-schema.ts';
import { routeText, sameRoute } from '../../contracts/config/routes.ts';
import type { NamedTarget } from '../../contracts/config/targets/registry.ts';
import { writtenTarget } from '../../contracts/config/targets/targets.ts';
import { isName } from '../../contracts/core/names.ts';
import { own } from '../../contracts/core/keys.ts';
import type { Catalogue, LivePort, LiveRoute, LiveService, OwnedProject } from './catalogue.port.ts';
import type { RepositoryReader } from './repository.ts';

/**
 * The file's `project`; without one the project that the repository has (by its id, so a rename changes nothing), or
 * else its name made into one.
 *
 * @throws `InvalidConfiguration` when the name makes no project; when the file names another project than the one in
 * which something is live; when a service takes the port of one that the file no longer has. Secrets, locks and history
 * would be left behind, and the ports are taken.
 */
export async function projectName(
  { catalogue }: { readonly catalogue: Pick<Catalogue, 'projectsOf' | 'livePorts' | 'liveRoutes'> },
  file: LandfallYaml,
  reader: RepositoryReader,
): Promise<string> {
  const owned = await catalogue.projectsOf(reader.project.origin);
  const project = nameOf(owned, file, reader);
  // The live services of another repository's project stay secret, whatever name the file gives.
  if (owned.some((one) => one.project === project)) {
    const [ports, routes] = [await catalogue.livePorts(project), await catalogue.liveRoutes(project)];
    const named = [...ports.map(portOf), ...routes.map(routeOf)];
    refuseSilentMove(file, project, named);
  }
  return project;
}

/** Something of which each place has one. */
interface LiveThing extends LiveService {
  readonly called: string;
  readonly todo: string;
  /** The service to which the file gives it. */
  readonly takenBy: (target: NamedTarget) => string | undefined;
}

const portOf = ({ port, ...live }: LivePort): LiveThing => ({
  ...live,
  called: `on port ${port} of`,
  todo: 'use another port',
  takenBy: ({ addresses }) => addresses.find((one) => one.port === port)?.service,
});

const routeOf = ({ route, ...live }: LiveRoute): LiveThing => ({
  ...live,
  called: `at ${routeText(route)} of`,
  todo: 'use another name or path',
  takenBy: ({ routes }) => routes.find((one) => sameRoute(one.route, route))?.service,
});

/** A service that is called otherwise would find its own port and names taken by what is live under the name before. */
function refuseSilentMove({ services, environments }: LandfallYaml, project: string, live: readonly LiveThing[]): void {
  for (const { service: before, places, called, todo, takenBy } of live) {
    if (own(services, before) !== undefined) continue;
    for (const { target } of Object.values(environments)) {
      const there = writtenTarget(target);
      const place = there.places.find(({ queue }) => places.some((one) => one.queue === queue));
      const now = takenBy(there);
      if (place === undefined || now === undefined || now === before) continue;
      throw failure(
        'InvalidConfiguration',
        `${LANDFALL_YAML} publishes ${now} ${called} ${place.name}, where ${project}/${before} is live, and has no service ${before} any more. If it is the same service, rename it with this command, so that it keeps its secrets, locks and history: landfall service move ${project}/${before} ${project}/${now}. If it is another one, ${todo}.`,
      );
    }
  }
}

function nameOf(owned: readonly OwnedProject[], file: LandfallYaml, reader: RepositoryReader): string {
  if (file.project === undefined) return kept(owned, reader.name) ?? named(reader.name);
  const inUse = owned.find(({ isLive }) => isLive);
  if (inUse === undefined || owned.some(({ project }) => project === file.project)) return named(file.project);
  throw failure(
    'InvalidConfiguration',
    `${LANDFALL_YAML} calls the project "${file.project}", and this repository's services are live in project "${inUse.project}". Under a new name they would have none of their secrets, locks and history, and find their ports taken: write "project: ${inUse.project}", or rename it with this command: landfall service move ${inUse.project} ${file.project}`,
  );
}

/** The one with the repository's present name, the one in use, or the oldest. */
function kept(owned: readonly OwnedProject[], repository: string): string | undefined {
  const present = madeOf(repository);
  const one = owned.find(({ project }) => project === present) ?? owned.find(({ isLive }) => isLive) ?? owned[0];
  return one?.project;
}

function named(text: string): string {
  const name = madeOf(text);
  if (isName(name)) return name;
  throw failure('InvalidConfiguration', `"${text}" makes no project name. Set "project:" in ${LANDFALL_YAML}.`);
}

const madeOf = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replaceAll(/^-+|-+$/g, '');
