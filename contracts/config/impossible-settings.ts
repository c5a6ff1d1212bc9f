/** Settings that are each right and can never come true together: what a schema of single values does not see. */
import type { z } from 'zod';
import { own } from '../core/keys.ts';
import { healthProblems } from './health-yaml.ts';
import { claimProblems } from './claims.ts';
import { isFrozenForEver } from './freeze.ts';
import { freezeWindow, type protectionFields } from './environment-rules.ts';
import type { DeclaredService } from './targets/kind.ts';
import { writtenTarget } from './targets/targets.ts';
import { milliseconds } from './yaml-fields.ts';

interface Impossible {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

type Protection = z.infer<z.ZodObject<typeof protectionFields>>;
type Approvers = NonNullable<Protection['approval']>['from'];

interface Environment extends Pick<Protection, 'approval' | 'freeze'> {
  readonly target: Parameters<typeof writtenTarget>[0];
}

interface Previews extends Pick<Environment, 'target'> {
  readonly ttl: string;
  readonly extendMax: string;
}

/** The part of landfall.yaml that is looked at. */
interface Settings {
  readonly services: Readonly<
    Record<string, DeclaredService & { readonly health: Parameters<typeof healthProblems>[0] }>
  >;
  readonly environments: Readonly<Record<string, Environment>>;
  readonly previews?: Previews | undefined;
}

/** In the file's order. Everything here needs no server: what hosts and people there are is not known. */
export function impossibleSettings({ services, environments, previews }: Settings): readonly Impossible[] {
  return [
    ...Object.entries(services).flatMap(([name, { health }]) =>
      healthProblems(health).map(({ path, message }) => ({ path: ['services', name, 'health', ...path], message })),
    ),
    ...Object.entries(environments).flatMap(([name, environment]) =>
      [...approvalProblems(environment), ...freezeProblems(environment), ...placeProblems(environment)].map(
        ({ path, message }) => ({ path: ['environments', name, ...path], message }),
      ),
    ),
    ...(previews ? previewProblems(previews) : []).map(({ path, message }) => ({
      path: ['previews', ...path],
      message,
    })),
    ...unfitProblems(services, environments, previews),
    ...claimProblems(environments, previews),
  ];
}

/** Teams and permissions stand for people whose number only GitHub knows. */
const peopleOf = (lists: readonly Approvers[]): number =>
  lists.some(({ teams, permission }) => teams.length > 0 || permission !== undefined)
    ? Infinity
    : new Set(lists.flatMap(({ users }) => users.map((user) => user.toLowerCase()))).size;

function approvalProblems({ approval }: Environment): Impossible[] {
  if (!approval) return [];
  const { count, from, escalate, remind } = approval;
  const people = peopleOf(escalate ? [from, escalate.to] : [from]);
  return [
    ...(count > people
      ? [{ path: ['approval', 'count'], message: `${count} people have to approve, and only ${people} may` }]
      : []),
    ...(remind !== undefined && escalate !== undefined && milliseconds(remind) >= milliseconds(escalate.after)
      ? [{ path: ['approval', 'remind'], message: 'it does not come before "escalate", which is told again anyway' }]
      : []),
  ];
}

/** Windows of one week after the other that leave no moment between them, each by itself or together. */
function freezeProblems({ freeze }: Environment): Impossible[] {
  const windows = freeze.map(freezeWindow);
  const alone = windows.findIndex((window) => isFrozenForEver([window]));
  if (alone >= 0) return [{ path: ['freeze', alone], message: NO_END }];
  if (!isFrozenForEver(windows)) return [];
  return [{ path: ['freeze'], message: `together they leave no time: ${NO_END}` }];
}
const NO_END = 'it never ends: use "autoDeploy: false", or lock the environment';

const previewProblems = (previews: Previews): Impossible[] => [
  ...(milliseconds(previews.extendMax) < milliseconds(previews.ttl)
    ? [{ path: ['extendMax'], message: `it is shorter than "ttl", which every preview gets: ${previews.ttl} or more` }]
    : []),
  ...placeProblems(previews),
];

function placeProblems({ target }: Pick<Environment, 'target'>): Impossible[] {
  const { places } = writtenTarget(target);
  const names = places.map(({ name }) => name);
  return places.flatMap(({ name, at }, index) =>
    names.indexOf(name) < index ? [{ path: at, message: `${name} is named twice` }] : [],
  );
}

/** The settings of a service that a target of its cannot carry out; each once, however many targets are alike. */
function unfitProblems(
  services: Settings['services'],
  environments: Settings['environments'],
  previews: Previews | undefined,
): Impossible[] {
  const found = new Map<string, Impossible>();
  const all = [...Object.entries(environments), ...(previews ? [['a preview', previews] as const] : [])];
  for (const [environment, { target: part }] of all) {
    const target = writtenTarget(part);
    for (const { service } of target.services) {
      const declared = own(services, service);
      for (const { path: below, why } of (declared && target.unfit?.(service, declared)) ?? []) {
        const path = ['services', service, ...below];
        const one = { path, message: `${environment} deploys it to a ${target.noun}, ${why}` };
        found.set(path.join('.'), found.get(path.join('.')) ?? one);
      }
    }
  }
  return [...found.values()];
}
