/** Which project a repository's services are in. A repository keeps its project, whatever either is called later. */
import { failure } from '../../contracts/core/failures.ts';
import { LANDFALL_YAML } from '../../contracts/config/landfall-yaml.ts';
import type { LandfallYaml } from '../../contracts/config/landfall-schema.ts';
import { isName } from '../../contracts/core/names.ts';
import type { Catalogue, OwnedProject } from './catalogue.port.ts';
import type { Reader } from './repository.ts';

/**
 * The file's `project`; without one the project that the repository has (by its id, so a rename changes nothing), or else
 * its name made into one.
 *
 * @throws `InvalidConfiguration` when the name makes no project, or when the file names another project than the one in which
 * something is live: its secrets, locks and history would be left behind, and the ports are taken
 */
export async function projectName(
  { catalogue }: { readonly catalogue: Pick<Catalogue, 'projectsOf'> },
  file: LandfallYaml,
  reader: Reader,
): Promise<string> {
  const owned = await catalogue.projectsOf(reader.project.origin);
  if (file.project === undefined) return kept(owned, reader.name) ?? named(reader.name);
  const inUse = owned.find(({ isLive }) => isLive);
  if (inUse === undefined || owned.some(({ project }) => project === file.project)) return named(file.project);
  throw failure(
    'InvalidConfiguration',
    `${LANDFALL_YAML} calls the project "${file.project}", and this repository's services are live in project "${inUse.project}". Under a new name they would have none of their secrets, locks and history, and find their ports taken: write "project: ${inUse.project}".`,
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
