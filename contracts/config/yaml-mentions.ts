/**
 * Things that landfall.yaml mentions and does not hold itself: places, ports, teams, files. Others know whether they are
 * there.
 */
import type { LandfallYaml } from './landfall-schema.ts';
import type { Route } from './routes.ts';
import type { PlaceRef } from './service.ts';
import { writtenTarget } from './targets/targets.ts';

type About =
  /** `noun`: what the places of its kind of target are, such as `host`. */
  | { readonly kind: 'place'; readonly noun: string; readonly place: PlaceRef }
  | {
      readonly kind: 'port';
      readonly port: number;
      readonly places: readonly PlaceRef[];
      readonly environment: string;
      readonly service: string;
    }
  /** The host of a preview has `{number}` in it: one for each pull request. */
  | { readonly kind: 'route'; readonly route: Route; readonly places: readonly PlaceRef[] }
  /** `count` people of these have to approve; `users` are named beside the teams. */
  | { readonly kind: 'approval'; readonly teams: readonly string[]; readonly users: number; readonly count: number }
  /** Relative to the repository. */
  | { readonly kind: 'file'; readonly file: string; readonly isFolder: boolean };

/** With the place where it stands. Lines and columns count from 1. */
export type Mention = About & { readonly line: number; readonly column: number; readonly path: string };

type Found = About & { readonly at: readonly (string | number)[] };

/** In the file's order. */
export function mentionsIn({ services, environments, previews }: LandfallYaml): readonly Found[] {
  return [
    ...Object.entries(services).flatMap(([name, service]) => filesOf(['services', name], service)),
    ...Object.entries(environments).flatMap(([name, environment]) => outsideOf(name, environment)),
    ...(previews ? previewsOutside(previews) : []),
  ];
}

function filesOf(at: readonly string[], { root, build }: LandfallYaml['services'][string]): readonly Found[] {
  const dockerfile = root === '.' ? build.dockerfile : `${root}/${build.dockerfile}`;
  return [
    ...(root === '.' ? [] : [{ kind: 'file', file: root, isFolder: true, at: [...at, 'root'] } as const]),
    ...(build.builder === 'dockerfile'
      ? [{ kind: 'file', file: dockerfile, isFolder: false, at: [...at, 'build', 'dockerfile'] } as const]
      : []),
  ];
}

function outsideOf(environment: string, settings: LandfallYaml['environments'][string]): readonly Found[] {
  const { ci, approval, target } = settings;
  const { addresses, ...there } = writtenTarget(target);
  const places = there.places.map(({ name, queue }) => ({ name, queue }));
  const at = ['environments', environment];
  return [
    ...(ci?.startsWith('.github/') ? [{ kind: 'file', file: ci, isFolder: false, at: [...at, 'ci'] } as const] : []),
    ...approvalOf(approval).map((one) => ({ ...one, at: [...at, 'approval'] })),
    ...placesOf(at, there),
    ...addresses.map(
      ({ service, port, at: below }) =>
        ({ kind: 'port', port, places, environment, service, at: [...at, ...below] }) as const,
    ),
    ...routesOf(at, there),
  ];
}

function previewsOutside({ target }: NonNullable<LandfallYaml['previews']>): readonly Found[] {
  const there = writtenTarget(target);
  return [...placesOf(['previews'], there), ...routesOf(['previews'], there)];
}

type There = Pick<ReturnType<typeof writtenTarget>, 'places' | 'routes' | 'noun'>;

const placesOf = (above: readonly string[], { places, noun }: There): readonly Found[] =>
  places.map(({ name, queue, at }) => ({ kind: 'place', noun, place: { name, queue }, at: [...above, ...at] }));

const routesOf = (above: readonly string[], { places: written, routes }: There): readonly Found[] => {
  const places = written.map(({ name, queue }) => ({ name, queue }));
  return routes.map(({ route, at }) => ({ kind: 'route', route, places, at: [...above, ...at] }));
};

/** The approvers for the server to count. With a permission any number of people may approve: then `count` is 0. */
function approvalOf(approval: LandfallYaml['environments'][string]['approval']) {
  if (!approval) return [];
  const { from, escalate, count } = approval;
  const lists = escalate ? [from, escalate.to] : [from];
  const teams = [...new Set(lists.flatMap((one) => one.teams))];
  if (teams.length === 0) return [];
  const users = new Set(lists.flatMap((one) => one.users.map((user) => user.toLowerCase())));
  const anybody = lists.some(({ permission }) => permission !== undefined);
  return [{ kind: 'approval', teams, users: users.size, count: anybody ? 0 : count } as const];
}
