import type { ServiceKey } from '../core/keys.ts';

/** A service, by the names of a view. */
export interface NamedService extends ServiceKey {
  readonly calledNow?: string | undefined;
}

/** What people call it now. */
export function presentName({ project, service, calledNow }: NamedService): ServiceKey {
  const [nowProject = project, nowService = service] = calledNow?.split('/') ?? [];
  return { project: nowProject, service: nowService };
}

/** `(kept as shop/web)`: the name that ids go on saying; empty where that is the present one. */
export const keptNote = ({ project, service, calledNow }: NamedService): string =>
  calledNow === undefined ? '' : `(kept as ${project}/${service})`;
