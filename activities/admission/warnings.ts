/**
 * Warnings about valid settings that will hardly have the wanted effect. Facts from hosts, other projects and GitHub
 * are only for people whose permission was checked: the author of a pull request may write any file, and guess in it at
 * things that are not theirs to see. Reading the repository is permission enough for a plan, so a team's facts are told only
 * to people to whom GitHub shows them.
 */
import { outsideWarnings, type Outside } from '../../contracts/config/outside-warnings.ts';
import { LANDFALL_YAML } from '../../contracts/config/landfall-yaml.ts';
import type { Mention } from '../../contracts/config/yaml-mentions.ts';
import type { Actor } from '../../contracts/core/actor.ts';
import type { YamlProblem } from '../../contracts/core/yaml-text.ts';
import type { Configuration } from './configuration.ts';
import type { DeliveryDeps } from './evaluation.ts';
import type { RepositoryReader } from './repository.ts';

/** Each costs GitHub a request. A file that mentions more is looked at in part. */
const MOST_FILES = 10;
const MOST_TEAMS = 5;

interface About {
  readonly project: string;
  readonly commit: string;
  /** The person who wants the plan. */
  readonly actor: Actor;
}

/** Warnings from the commit itself, its file and the files beside it: fit for every reader of the repository. */
export async function warningsOfCommit(
  reader: RepositoryReader,
  { warnings, mentions }: Configuration,
  commit: string,
): Promise<readonly YamlProblem[]> {
  return [...warnings, ...outsideWarnings(mentions, { missingFiles: await missingIn(reader, commit, mentions) })];
}

/** Warnings from the commit, hosts, other projects and GitHub. Facts that cannot be read give no warning. */
export async function warningsOfPlan(
  deps: DeliveryDeps,
  reader: RepositoryReader,
  { warnings, mentions }: Configuration,
  about: About,
  signal: AbortSignal,
): Promise<readonly YamlProblem[]> {
  const queues = mentions.flatMap((one) => (one.kind === 'place' ? [one.place.queue] : []));
  const teams = mentions.flatMap((one) => (one.kind === 'approval' ? one.teams : []));
  const [unservedQueues, taken, takenRoutes, missingFiles, sizes] = await Promise.all([
    deps.unservedQueues?.(queues) ?? [],
    deps.catalogue.portsOfOthers(about.project),
    deps.catalogue.routesOfOthers(about.project),
    missingIn(reader, about.commit, mentions),
    sizesOf(deps, reader, { teams, actor: about.actor }, signal),
  ]);
  const outside: Outside = { unservedQueues, taken, takenRoutes, missingFiles, teams: sizes };
  return [...warnings, ...outsideWarnings(mentions, outside)];
}

/** `landfall.yaml:4:12: services.web: …`, the form that problems have. */
export const warningLine = ({ line, column, path, message }: YamlProblem): string =>
  `${LANDFALL_YAML}:${line}:${column}: ${path && `${path}: `}${message}`;

async function missingIn(
  reader: RepositoryReader,
  commit: string,
  mentions: readonly Mention[],
): Promise<readonly string[]> {
  const files = mentions.flatMap((one) => (one.kind === 'file' && !one.isFolder ? [one.file] : []));
  const asked = [...new Set(files)].slice(0, MOST_FILES);
  const found = await Promise.all(
    asked.map((file) =>
      // A file that is too large to be read is there.
      reader.file(commit, file).then(
        (text) => text !== undefined,
        () => true,
      ),
    ),
  );
  return asked.filter((_file, index) => found[index] === false);
}

async function sizesOf(
  { teamSize }: DeliveryDeps,
  { project: { origin } }: RepositoryReader,
  { teams, actor }: { readonly teams: readonly string[]; readonly actor: Actor },
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  if (!teamSize || origin.kind !== 'github' || actor.kind !== 'github') return new Map();
  const asked = [...new Set(teams)].slice(0, MOST_TEAMS);
  const sizes = await Promise.all(
    asked.map((team) => teamSize(origin, { team, asker: actor.name }, signal).catch(() => undefined)),
  );
  return new Map(asked.flatMap((team, index) => (sizes[index] === undefined ? [] : [[team, sizes[index]]])));
}
