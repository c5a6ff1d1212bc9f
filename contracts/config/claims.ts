/** Ports, and names with paths, that two services of one file want at one place. Pure. */
import { couldBeHost } from './host-template.ts';
import { routeText } from './routes.ts';
import type { NamedTarget } from './targets/registry.ts';
import { writtenTarget } from './targets/targets.ts';

interface Problem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

interface Environment {
  readonly target: Parameters<typeof writtenTarget>[0];
}

/** An environment, or all previews together. */
interface Claimant {
  readonly at: Problem['path'];
  /** As people read it. */
  readonly called: string;
  readonly target: NamedTarget;
}

interface Claim {
  readonly service: string;
  /** As it is compared. */
  readonly what: string;
  /** As people read it. */
  readonly called: (place: string) => string;
  readonly at: Problem['path'];
}

/** In the file's order. */
export function claimProblems(
  environments: Readonly<Record<string, Environment>>,
  previews: Environment | undefined,
): readonly Problem[] {
  const listed = Object.entries(environments).map(([name, { target }]): Claimant => ({
    at: ['environments', name],
    called: name,
    target: writtenTarget(target),
  }));
  const shown: Claimant[] = previews
    ? [{ at: ['previews'], called: 'previews', target: writtenTarget(previews.target) }]
    : [];
  return [
    ...claimedTwice([...listed, ...shown], portClaims),
    ...claimedTwice([...listed, ...shown], routeClaims),
    ...claimedTwice([...listed, ...shown], claimsOfKind),
    ...shown.flatMap((one) => takenFromPreviews(one, listed)),
  ];
}

/** Two services cannot answer at one port of one place. */
const portClaims = ({ addresses }: NamedTarget): Claim[] =>
  addresses.map(({ service, port, at }) => {
    return { service, what: String(port), called: (place) => `port ${port} of ${place}`, at };
  });

/** Nor at one name and path. */
const routeClaims = ({ routes }: NamedTarget): Claim[] =>
  routes.map(({ service, route, at }) => {
    const text = routeText(route);
    return { service, what: `${route.host} ${route.path}`, called: (place) => `${text} at ${place}`, at };
  });

/** Nor have whatever else the target's kind tells services apart by. */
const claimsOfKind = ({ claims = [] }: NamedTarget): Claim[] =>
  claims.map(({ service, what, called, at }) => ({ service, what, called: (place) => `${called} of ${place}`, at }));

function claimedTwice(claimants: readonly Claimant[], claims: (target: NamedTarget) => readonly Claim[]): Problem[] {
  const taken = new Map<string, string>();
  const found: Problem[] = [];
  for (const { at: above, called: claimant, target } of claimants) {
    for (const { service, what, called, at } of claims(target)) {
      for (const [queue, place] of new Map(target.places.map(({ name, queue }) => [queue, name]))) {
        const one = `${queue} ${what}`;
        const other = taken.get(one);
        taken.set(one, other ?? `${service} in ${claimant}`);
        if (other === undefined) continue;
        found.push({ path: [...above, ...at], message: `${called(place)} is that of ${other}: use another one` });
        break;
      }
    }
  }
  return found;
}

/** A listed name that the preview of some pull request would have as well. */
function takenFromPreviews(
  { at: above, target: { places, routes } }: Claimant,
  listed: readonly Claimant[],
): Problem[] {
  const queues = new Set(places.map(({ queue }) => queue));
  return routes.flatMap(({ route: wanted, at }) => {
    for (const { called, target } of listed) {
      const place = target.places.find(({ queue }) => queues.has(queue));
      const found = target.routes.find(
        ({ route }) => route.path === wanted.path && couldBeHost(wanted.host, route.host),
      );
      if (!place || !found) continue;
      const whose = `${routeText(found.route)} at ${place.name} is that of ${found.service} in ${called}`;
      return [{ path: [...above, ...at], message: `${whose}: use another one` }];
    }
    return [];
  });
}
