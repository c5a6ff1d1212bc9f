/** Finds the things that a request names, or refuses it and lists the existing ones. */
import type { EnvironmentListing, KnownService } from '../../contracts/admission/admission.ts';
import { failure } from '../../contracts/core/failures.ts';
import { serviceId } from '../../contracts/core/ids.ts';
import { own, type ServiceKey } from '../../contracts/core/keys.ts';
import { LANDFALL_YAML } from '../../contracts/config/landfall-yaml.ts';
import { serviceSettings } from '../../contracts/config/settings.ts';
import type { ServiceSettings } from '../../contracts/config/service.ts';
import { shortCommit } from '../../contracts/core/names.ts';
import type { Catalogue } from './catalogue.port.ts';
import type { Configuration } from './configuration.ts';
import type { RepositoryReader } from './repository.ts';
import type { SourceCommit } from './source.port.ts';

/** @throws `UnknownService` */
export async function askedService(catalogue: Catalogue, key: ServiceKey): Promise<KnownService> {
  const known = await catalogue.service(key);
  if (known) return known;
  throw failure(
    'UnknownService',
    `There is no service ${serviceId(key)}. Push a ${LANDFALL_YAML} that declares it, or declare it with "landfall service add".`,
  );
}

/** @throws `InvalidRequest` */
export function askedEnvironment(
  running: readonly EnvironmentListing[],
  name: string,
  key: ServiceKey,
): EnvironmentListing {
  const found = running.find(({ settings }) => settings.name === name);
  if (found) return found;
  throw failure(
    'InvalidRequest',
    `${serviceId(key)} has no environment ${name}. It has: ${environmentNames(running)}.`,
  );
}

/** @throws `CommitNotFound` */
export async function askedCommit(
  reader: RepositoryReader,
  at: { readonly commit: string } | { readonly branch: string } | { readonly tag: string },
): Promise<SourceCommit> {
  const [what, found] =
    'commit' in at
      ? [`commit ${at.commit}`, await reader.commit(at.commit)]
      : 'tag' in at
        ? [`tag ${at.tag}`, await reader.tagCommit(at.tag)]
        : [`branch ${at.branch}`, await reader.branchHead(at.branch)];
  if (found) return found;
  throw failure('CommitNotFound', `${reader.name} has no ${what}. Push it first, or name another one.`);
}

/** @throws `UnknownService` when the commit declares others only */
export function askedSettings({ services }: Configuration, service: string, commit: string): ServiceSettings {
  const declared = own(services, service);
  if (declared) return serviceSettings(declared);
  throw failure(
    'UnknownService',
    `${LANDFALL_YAML} at ${shortCommit(commit)} declares no service ${service}, only: ${Object.keys(services).join(', ')}.`,
  );
}

export const environmentNames = (listings: readonly EnvironmentListing[]): string =>
  listings.length === 0 ? 'none' : listings.map(({ settings }) => settings.name).join(', ');
