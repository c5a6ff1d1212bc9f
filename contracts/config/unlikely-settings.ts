/**
 * Settings that are taken, and will hardly do what they were written for. Each causes a warning; none is refused. Pure.
 */
import type { LandfallYaml } from './landfall-schema.ts';
import { writtenTarget } from './targets/targets.ts';
import { parseSize } from '../core/duration.ts';
import { own } from '../core/keys.ts';
import { takenOut } from './path-cover.ts';
import { matchingWork, type MatchingWork } from './path-filter.ts';

export interface Unlikely {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

type Service = LandfallYaml['services'][string];
type Environment = LandfallYaml['environments'][string];
type Found = readonly Unlikely[];

/** In the file's order. @param now - in milliseconds since the epoch */
export function unlikelySettings(file: LandfallYaml, now: number): Found {
  const work = matchingWork();
  return [
    ...Object.entries(file.services).flatMap(([name, service]) =>
      below(['services', name], serviceWarnings(file, name, service, work)),
    ),
    ...Object.entries(file.environments).flatMap(([name, environment]) =>
      below(['environments', name], environmentWarnings(file, name, environment, now)),
    ),
    ...(file.previews ? below(['previews'], targetWarnings(file, file.previews)) : []),
  ];
}

const below = (path: readonly string[], found: Found): Found =>
  found.map((one) => ({ path: [...path, ...one.path], message: one.message }));
const when = (is: boolean, path: Unlikely['path'], message: string): Found => (is ? [{ path, message }] : []);

function serviceWarnings(
  { environments, previews }: LandfallYaml,
  name: string,
  service: Service,
  work: MatchingWork,
): Found {
  const { build, run, health, paths = [] } = service;
  const all = [...Object.values(environments), ...(previews ? [previews] : [])];
  const goesTo = all
    .map(({ target }) => writtenTarget(target))
    .filter(({ services }) => services.some(({ service: one }) => one === name));
  const bytes = run.memory === undefined ? undefined : parseSize(run.memory);
  return [
    ...when(all.length > 0 && goesTo.length === 0, [], 'no environment publishes it, so it is deployed nowhere'),
    ...takenOut(paths, work).map((index) => ({
      path: ['paths', index],
      message: 'patterns after it take all of it out again',
    })),
    ...when(
      build.builder !== 'auto' && build.builder !== 'dockerfile' && build.dockerfile !== 'Dockerfile',
      ['build', 'dockerfile'],
      `${build.builder} reads no Dockerfile: use "builder: dockerfile"`,
    ),
    ...when(
      build.builder === 'railpack',
      ['build', 'builder'],
      'Railpack is experimental here: Landfall turns its plan into a Dockerfile of its own, which may differ from what Railpack builds',
    ),
    ...when(
      bytes !== undefined && bytes < LEAST_MEMORY,
      ['run', 'memory'],
      'hardly any program starts with so little memory',
    ),
    ...when(
      run.warm === 'stopped' && goesTo.length > 0 && goesTo.every(({ keepsWarm }) => !keepsWarm),
      ['run', 'warm'],
      'it counts with blue-green alone, and every environment of this service says "strategy: recreate"',
    ),
    ...run.capabilities.add.flatMap((capability, index) =>
      when(
        run.capabilities.drop.includes(capability),
        ['run', 'capabilities', 'add', index],
        `${capability} is dropped as well, and so it is not added`,
      ),
    ),
    ...(['path', 'status'] as const).flatMap((key) =>
      when(
        health.kind !== 'http' && health[key] !== HTTP_DEFAULTS[key],
        ['health', key],
        `it counts with "kind: http" alone, and kind is ${health.kind}`,
      ),
    ),
  ];
}

/** Below it an engine's own runtime may not get as far as the program. */
const LEAST_MEMORY = 6_000_000;
const HTTP_DEFAULTS = { path: '/', status: 200 } as const;

function environmentWarnings(file: LandfallYaml, name: string, environment: Environment, now: number): Found {
  const { branch, autoDeploy, ci, freeze } = environment;
  return [
    ...when(
      branch !== undefined && NOT_A_BRANCH.test(branch),
      ['branch'],
      `a branch is named without "${NOT_A_BRANCH.exec(branch ?? '')?.[0] ?? ''}"`,
    ),
    ...when(!autoDeploy && ci !== undefined, ['ci'], 'with "autoDeploy: false" no workflow is waited for'),
    ...freeze.flatMap((window, index) =>
      when(
        window.days === undefined && Date.parse(window.to) <= now,
        ['freeze', index],
        'it is over, and freezes nothing any more',
      ),
    ),
    ...approvalWarnings(environment),
    ...nameWarnings(file, name, environment),
    ...targetWarnings(file, environment),
  ];
}

function targetWarnings(file: LandfallYaml, { target }: Pick<Environment, 'target'>): Found {
  const { services, servicesAt } = writtenTarget(target);
  return [
    ...when(services.length === 0, servicesAt, 'it names no service, so nothing is deployed here'),
    ...services.flatMap(({ service, at }) =>
      when(own(file.services, service) === undefined, at, 'there is no such service in this file'),
    ),
  ];
}

/**
 * Prefixes that git writes in front of a branch's own name, and people copy. A branch may be called so, and hardly one
 * is.
 */
const NOT_A_BRANCH = /^(?:refs\/(?:heads|tags|remotes)\/|origin\/|heads\/)/;

function approvalWarnings({ approval }: Environment): Found {
  if (!approval) return [];
  const { from, count, selfReview, escalate } = approval;
  const lists = escalate ? [from, escalate.to] : [from];
  const isCounted = lists.every(({ teams, permission }) => teams.length === 0 && permission === undefined);
  const people = new Set(lists.flatMap(({ users }) => users.map((user) => user.toLowerCase())));
  const known = (users: readonly string[]) => new Set(users.map((user) => user.toLowerCase()));
  return [
    ...when(
      isCounted && !selfReview && count === people.size,
      ['approval', 'count'],
      'all of them have to approve, and none may approve their own: what one of them causes waits until it expires',
    ),
    ...when(
      escalate !== undefined &&
        escalate.to.users.every((user) => known(from.users).has(user.toLowerCase())) &&
        escalate.to.teams.every((team) => from.teams.includes(team)) &&
        (escalate.to.permission === undefined || escalate.to.permission === from.permission),
      ['approval', 'escalate', 'to'],
      'all of them may approve from the beginning',
    ),
  ];
}

/** GitHub knows no letter case in the names of environments. */
function nameWarnings({ environments }: LandfallYaml, name: string, { githubNames }: Environment): Found {
  return githubNames.flatMap((gitHubName, index) => {
    const wanted = gitHubName.toLowerCase();
    const other = Object.entries(environments).find(
      ([another, one]) =>
        another !== name && (another === wanted || one.githubNames.some((each) => each.toLowerCase() === wanted)),
    )?.[0];
    return when(
      other !== undefined,
      ['githubNames', index],
      `${other ?? ''} is called so as well: jobs of that environment are rejected until one of them is`,
    );
  });
}
