/** Projects and services that are called otherwise than they are kept: see docs/adr/0026-a-name-moves-an-identity-stays.md. Pure. */
import type { SchemaProblem } from '../core/schema-problems.ts';
import type { LandfallYaml } from './landfall-schema.ts';
import { renamedTarget, writtenTarget } from './targets/targets.ts';

/** `name` stands for it: a project's, or a service's inside `project`. */
export interface OtherName {
  readonly name: string;
  /** The project's kept name. */
  readonly project: string;
  /** The service's kept name; `null`: the name is the project's. */
  readonly service: string | null;
}

type Path = SchemaProblem['path'];

export type InKeptNames =
  /** `written`: where the file has what stands at this path of `value`. */
  | { readonly ok: true; readonly value: LandfallYaml; readonly written: (path: Path) => Path }
  | { readonly ok: false; readonly problems: readonly SchemaProblem[] };

/**
 * The same file in the names under which everything is kept. Nothing behind it has to know that there are others.
 *
 * @param names - of the projects that belong to the file's repository
 * @returns problems where one service is named twice, by names that both stand for it
 */
export function withKeptNames(value: LandfallYaml, names: readonly OtherName[]): InKeptNames {
  if (names.length === 0) return { ok: true, value, written: (path) => path };
  const project =
    names.find(({ name, service }) => service === null && name === value.project)?.project ?? value.project;
  const other = keptNames(names, project);
  const keptOf = (service: string): string => other.get(service) ?? service;

  const problems = listsOf(value).flatMap(({ at, list, todo }) =>
    twice(list, keptOf).map(({ name, first }) => ({
      path: [...at, name],
      message: `${name} is what was called ${keptOf(name)} before, and ${first} stands for it as well: ${todo}`,
    })),
  );
  if (problems.length > 0) return { ok: false, problems };

  const renamed = <T>(list: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(list).map(([service, one]) => [keptOf(service), one]));
  const environments: LandfallYaml['environments'] = Object.fromEntries(
    Object.entries(value.environments).map(([name, environment]) => {
      return [name, { ...environment, target: renamedTarget(environment.target, keptOf) }];
    }),
  );
  const named = project === undefined ? {} : { project };
  const previews = value.previews && {
    previews: { ...value.previews, target: renamedTarget(value.previews.target, keptOf) },
  };
  return {
    ok: true,
    value: { ...value, ...named, services: renamed(value.services), environments, ...previews },
    written: (path) => asWritten(value, path, keptOf),
  };
}

/** A file that names no project is of whichever its repository has: then a service's other name counts in any of them. */
function keptNames(names: readonly OtherName[], project: string | undefined): ReadonlyMap<string, string> {
  return new Map(
    names.flatMap((one) =>
      one.service === null || (project !== undefined && one.project !== project) ? [] : [[one.name, one.service]],
    ),
  );
}

interface Services {
  readonly at: Path;
  readonly list: readonly string[];
  /** Advice for two names of one service. */
  readonly todo: string;
}

/** Everything in the file that has services for its keys. */
function listsOf({ services, environments, previews }: LandfallYaml): readonly Services[] {
  const targets = [
    ...Object.entries(environments).map(([name, { target }]) => ({ at: ['environments', name], target })),
    ...(previews ? [{ at: ['previews'], target: previews.target }] : []),
  ];
  return [
    { at: ['services'], list: Object.keys(services), todo: 'give one of them a name that is new' },
    ...targets.map(({ at, target }) => {
      const { services: there, servicesAt } = writtenTarget(target);
      const list = there.map(({ service }) => service);
      return { at: [...at, ...servicesAt], list, todo: 'remove one of them' };
    }),
  ];
}

/** Each name that stands for a service which another one of the list means already. */
function twice(services: readonly string[], keptOf: (service: string) => string) {
  const found: { readonly name: string; readonly first: string }[] = [];
  const seen = new Map<string, string>();
  for (const service of services) {
    const kept = keptOf(service);
    const first = seen.get(kept);
    // A service that is kept under its own name had no other before.
    if (first !== undefined) found.push(service === kept ? { name: first, first: service } : { name: service, first });
    else seen.set(kept, service);
  }
  return found;
}

function asWritten(value: LandfallYaml, path: Path, keptOf: (service: string) => string): Path {
  for (const { at, list } of listsOf(value)) {
    const kept = path[at.length];
    if (kept === undefined || !at.every((part, index) => part === path[index])) continue;
    const name = list.find((one) => keptOf(one) === kept) ?? kept;
    return [...at, name, ...path.slice(at.length + 1)];
  }
  return path;
}
