/** Projects and services that are called otherwise than they are kept: see docs/adr/0026-a-name-moves-an-identity-stays.md. Pure. */
import type { ReadResult } from './landfall-yaml.ts';
import { wholeText } from '../core/yaml-text.ts';

/** `name` stands for it: a project's, or a service's inside `project`. */
export interface OtherName {
  readonly name: string;
  /** As it is kept. */
  readonly project: string;
  /** As it is kept; `null`: the name is the project's. */
  readonly service: string | null;
}

type Read = Extract<ReadResult, { ok: true }>;

/**
 * The same file in the names under which everything is kept. Nothing behind it has to know that there are others.
 *
 * @param names - of the projects that belong to the file's repository
 */
export function asKept(read: ReadResult, names: readonly OtherName[]): ReadResult {
  if (!read.ok || names.length === 0) return read;
  const { value } = read;
  const project =
    names.find(({ name, service }) => service === null && name === value.project)?.project ?? value.project;
  const kept = keptNames(names, project);
  const clash = Object.keys(value.services).find((service) => {
    const other = kept.get(service);
    return other !== undefined && other !== service && Object.hasOwn(value.services, other);
  });
  if (clash !== undefined) {
    return wholeText(
      `services: ${clash} is what was called ${String(kept.get(clash))} before, and there are both: give the other one a name that is new`,
    );
  }
  const renamed = <T>(all: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(all).map(([service, one]) => [kept.get(service) ?? service, one]));
  const environments: Read['value']['environments'] = Object.fromEntries(
    Object.entries(value.environments).map(([name, environment]) => {
      const { podman } = environment.target;
      return [name, { ...environment, target: { podman: { ...podman, publish: renamed(podman.publish) } } }];
    }),
  );
  const named = project === undefined ? {} : { project };
  return { ...read, value: { ...value, ...named, services: renamed(value.services), environments } };
}

/** A file that names no project is of whichever its repository has: then a service's other name counts in any of them. */
function keptNames(names: readonly OtherName[], project: string | undefined): ReadonlyMap<string, string> {
  return new Map(
    names.flatMap((one) =>
      one.service === null || (project !== undefined && one.project !== project) ? [] : [[one.name, one.service]],
    ),
  );
}
