/** Selects the service and environment of a command that does not name them. Pure. */
import { serviceId } from '../../contracts/core/ids.ts';
import type { EnvironmentKey, ServiceKey } from '../../contracts/core/keys.ts';
import { code, joined, ourWords, type Markdown } from '../../contracts/core/markdown.ts';
import type { EnvironmentSettings } from '../../contracts/config/service.ts';
import type { RepositoryService } from '../../store/queries/repository.ts';
import { CommandRefusal, choices } from './refusal.ts';

export interface Wanted {
  readonly verb: string;
  readonly service: string | null;
  readonly environment: string | null;
}

/** @throws {CommandRefusal} unless exactly one is meant */
export function selectEnvironment(services: readonly RepositoryService[], wanted: Wanted): EnvironmentKey {
  const { project, service, environments, unlisted = [] } = selectService(services, wanted);
  const present = environments.filter(({ name }) => !unlisted.includes(name));
  const one = wanted.environment ?? onlyEnvironment(wanted, present);
  return { project, service, environment: one };
}

/** True when a command that names this service, or none, may be about it. */
export const isNamed = ({ project, service }: ServiceKey, wanted: string | null): boolean =>
  wanted === null || wanted === service || wanted === `${project}/${service}`;

/** Those that a command which changes nothing is about: all that are not left out by name. @throws {CommandRefusal} */
export function matching(services: readonly RepositoryService[], { service, environment }: Wanted): EnvironmentKey[] {
  const found = services
    .filter((one) => isNamed(one, service))
    .flatMap(({ environments, ...key }) =>
      environments
        // A pull request's own answer tells of its preview.
        .filter(({ name, preview }) => (environment === null ? preview === undefined : name === environment))
        .map(({ name }) => ({ project: key.project, service: key.service, environment: name })),
    );
  if (found.length > 0) return found;
  throw new CommandRefusal(ourWords`There is nothing of that name here. ${whatThereIs(services)}`);
}

function selectService(services: readonly RepositoryService[], wanted: Wanted): RepositoryService {
  const { service, environment } = wanted;
  const named = services.filter((one) => isNamed(one, service));
  const fitting = named.filter(
    ({ environments }) => environment === null || environments.some(({ name }) => name === environment),
  );
  const [first, ...more] = fitting;
  if (!first) {
    if (named.length === 0)
      throw new CommandRefusal(ourWords`No service of that name is deployed from here. ${whatThereIs(services)}`);
    throw new CommandRefusal(ourWords`There is no such environment. ${whatThereIs(named)}`);
  }
  if (more.length === 0) return first;
  const { project, service: called } = nameOf(first);
  const isOnce = fitting.filter((one) => nameOf(one).service === called).length === 1;
  const name = isOnce ? called : `${project}/${called}`;
  const example = code(`${spoken(wanted)} --service ${name}`);
  const there = choices(fitting.map(nameOf).map((one) => code(`${one.project}/${one.service}`)));
  throw new CommandRefusal(ourWords`The service is not clear. Say for example ${example}.\n\n${there}`);
}

function onlyEnvironment(wanted: Wanted, environments: readonly EnvironmentSettings[]): string {
  // A promotion ends in production; nothing else goes there unless a person says so.
  const candidates = wanted.verb === 'promote' ? environments.filter(({ production }) => production) : environments;
  const [only, ...more] = candidates;
  if (only && more.length === 0) return only.name;
  const names = environments.map(({ name }) => code(name));
  const example = environments[0] && code(spoken({ ...wanted, environment: environments[0].name }));
  throw new CommandRefusal(
    ourWords`The environment is not clear. Say for example ${example ?? ''}.\n\n${choices(names)}`,
  );
}

/** The command in full, as it would have to be written. */
const spoken = ({ verb, environment }: Wanted): string => `/${verb}${environment === null ? '' : ` ${environment}`}`;

const nameOf = (one: RepositoryService): ServiceKey => one.called ?? one;

function whatThereIs(services: readonly RepositoryService[]): Markdown {
  if (services.length === 0) return ourWords`Nothing is deployed from this repository yet: push a landfall.yaml first.`;
  const lines = services.map((one) => {
    const names = joined(
      one.environments.map(({ name }) => code(name)),
      ', ',
    );
    return ourWords`${code(serviceId(nameOf(one)))}: ${one.environments.length === 0 ? 'no environments' : names}`;
  });
  return ourWords`There is:\n\n${choices(lines)}`;
}
