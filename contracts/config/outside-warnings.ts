/** Warnings about things that landfall.yaml mentions and that are not there. Pure: the caller says what is there. */
import { couldBeHost } from './host-template.ts';
import { routeText, type Route } from './routes.ts';
import type { PlaceRef } from './service.ts';
import type { Mention } from './yaml-mentions.ts';
import type { YamlProblem } from '../core/yaml-text.ts';

/** Unknown things are left out, and cause no warning. */
export interface Outside {
  /** Task queues of places whose workers do not ask for work. */
  readonly unservedQueues?: readonly string[];
  /** Ports that other projects publish. */
  readonly taken?: readonly TakenPort[];
  /** Names that other projects have. */
  readonly takenRoutes?: readonly TakenRoute[];
  /** Files and folders that the commit does not have. */
  readonly missingFiles?: readonly string[];
  /** Team → how many people it has; 0 for one that is not there. */
  readonly teams?: ReadonlyMap<string, number>;
}

export interface TakenPort {
  readonly place: PlaceRef;
  readonly port: number;
  /** `shop.web.production` */
  readonly by: string;
}

export interface TakenRoute {
  readonly place: PlaceRef;
  readonly route: Route;
  /** `shop.web.production` */
  readonly by: string;
}

/** For a person who wants the name. */
export const takenRouteSentence = ({ route, place, by }: TakenRoute): string =>
  `${routeText(route)} at ${place.name} is that of ${by}: use another name or path, or take it out of that service's landfall.yaml and deploy it first`;

/** In the file's order. */
export function outsideWarnings(mentions: readonly Mention[], outside: Outside): readonly YamlProblem[] {
  return mentions.flatMap((mention) => {
    const { line, column, path } = mention;
    const message = whyUnlikely(mention, outside);
    return message === undefined ? [] : [{ line, column, path, message }];
  });
}

function whyUnlikely(
  mention: Mention,
  { unservedQueues, taken, takenRoutes, missingFiles, teams }: Outside,
): string | undefined {
  switch (mention.kind) {
    case 'place':
      return unservedQueues?.includes(mention.place.queue) === true
        ? `no worker of a ${mention.noun} ${mention.place.name} asks for work: is that its name, and does it run?`
        : undefined;
    case 'port': {
      const queues = new Set(mention.places.map(({ queue }) => queue));
      const found = taken?.find(({ place, port }) => port === mention.port && queues.has(place.queue));
      return found && `port ${found.port} of ${found.place.name} is that of ${found.by}: use another one`;
    }
    case 'route': {
      const queues = new Set(mention.places.map(({ queue }) => queue));
      const { host, path } = mention.route;
      const found = takenRoutes?.find(
        ({ place, route }) => queues.has(place.queue) && route.path === path && couldBeHost(host, route.host),
      );
      return found && takenRouteSentence(found);
    }
    case 'file': {
      const what = mention.isFolder ? 'folder' : 'file';
      return missingFiles?.includes(mention.file) === true ? `there is no ${what} ${mention.file}` : undefined;
    }
    case 'approval':
      return teams && tooFew(mention, teams);
  }
}

function tooFew(
  { teams, users, count }: Extract<Mention, { kind: 'approval' }>,
  sizes: ReadonlyMap<string, number>,
): string | undefined {
  const empty = teams.filter((team) => sizes.get(team) === 0);
  if (empty.length > 0) return `GitHub knows no members of ${empty.join(', ')}`;
  const members = teams.map((team) => sizes.get(team));
  // One that may not be looked at may have any number.
  if (members.includes(undefined)) return undefined;
  const people = members.reduce<number>((sum, size) => sum + (size ?? 0), users);
  return count > people ? `${count} people have to approve, and ${people} may` : undefined;
}
