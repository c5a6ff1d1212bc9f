import type { EnvironmentListing } from '../../contracts/admission.ts';
import type { Trigger } from '../../contracts/delivery.ts';
import { failure } from '../../contracts/failures.ts';
import { serviceId } from '../../contracts/ids.ts';
import { LANDFALL_YAML, serviceSettings } from '../../contracts/landfall-yaml.ts';
import { COMMIT, isRefName } from '../../contracts/names.ts';
import { readConfiguration, readProtection } from './configuration.ts';
import { skip, type DeliveryDeps, type Look } from './look.ts';
import { environmentsOf, listService, subjectOf } from './plan.ts';
import { openReader, type Reader } from './reader.ts';
import { reusableImage } from './reuse.ts';

type RequestTrigger = Extract<Trigger, { kind: 'request' }>;

/**
 * What a person or a CI system asks for: one service, at a branch's head or a named commit, in one environment or in
 * all that follow the branch. Unlike a push it deploys where `autoDeploy` is off, and over `[skip deploy]`.
 *
 * @throws `UnknownService`, `InvalidRequest`, `CommitNotFound`, `InvalidConfiguration`
 */
export async function lookAtRequest(deps: DeliveryDeps, trigger: RequestTrigger, signal: AbortSignal): Promise<Look> {
  const { catalogue, source } = deps;
  const { project, service, requestKey, actor } = trigger;
  const key = { project, service };
  if (trigger.ref !== null && !isRefName(trigger.ref)) {
    throw failure('InvalidRequest', 'The ref is neither a full commit id nor a branch name that Landfall takes.');
  }
  const known = await catalogue.service(key);
  if (!known) {
    throw failure('UnknownService', `There is no service ${serviceId(key)}. Push a ${LANDFALL_YAML} that declares it, or declare it with "landfall service add".`); // prettier-ignore
  }
  const reader = await openReader(source, known, signal);
  const { defaultBranch } = reader;
  const protection = await readProtection(reader);
  if ('missing' in protection) return skip(protection.missing);

  const running = environmentsOf(protection.file, service, defaultBranch);
  const wanted = trigger.environment === null ? undefined : find(running, trigger.environment, serviceId(key));
  const byName = trigger.ref !== null && COMMIT.test(trigger.ref);
  const ref = byName || trigger.ref === null ? (wanted?.branch ?? defaultBranch) : trigger.ref;
  const environments = wanted ? [wanted] : running.filter(({ branch }) => branch === ref);
  if (environments.length === 0) {
    throw failure('InvalidRequest', `No environment of ${serviceId(key)} follows branch ${ref}. Name one of: ${namesOf(running)}.`); // prettier-ignore
  }

  const expected = await catalogue.newest(reader.project.origin, ref);
  const at = await findCommit(reader, byName ? { commit: trigger.ref } : { branch: ref });
  const isDefaultHead = !byName && ref === defaultBranch;
  const configuration = await readConfiguration(reader, at.commit, isDefaultHead ? undefined : protection.file);
  if ('missing' in configuration) return skip(configuration.missing);
  const declared = configuration.services[service];
  if (!declared) {
    throw failure('UnknownService', `${LANDFALL_YAML} at ${at.commit.slice(0, 7)} declares no service ${service}, only: ${Object.keys(configuration.services).join(', ')}.`); // prettier-ignore
  }

  const settings = serviceSettings(declared);
  const image = await reusableImage(deps, { key, commit: at.commit, settings: settings.build }, signal);
  const draft = {
    key,
    origin: reader.project.origin,
    ref,
    commit: at.commit,
    subject: subjectOf(at.message),
    actor,
    byName,
    byHand: true,
    settings,
    environments: environments.map((one) => one.settings),
    // An older commit that is asked for by name must not become `latest` again.
    extraTags: isDefaultHead ? ['latest'] : [],
    ...(image && { image }),
  };
  const services = [listService(configuration, service, { defaultBranch, isDefaultHead })];
  const request = { requestKey, project, source: reader.project, services, drafts: [draft], expected, onlyNew: false };
  return { kind: 'admit', request, skipped: [] };
}

function find(running: readonly EnvironmentListing[], name: string, service: string): EnvironmentListing {
  const found = running.find(({ settings }) => settings.name === name);
  if (found) return found;
  throw failure('InvalidRequest', `${service} has no environment ${name}. It has: ${namesOf(running)}.`);
}

async function findCommit(reader: Reader, at: { readonly commit: string } | { readonly branch: string }) {
  const found = 'commit' in at ? await reader.commit(at.commit) : await reader.branchHead(at.branch);
  if (found) return found;
  const what = 'commit' in at ? `commit ${at.commit}` : `branch ${at.branch}`;
  throw failure('CommitNotFound', `${reader.name} has no ${what}. Push it first, or name another one.`);
}

const namesOf = (listings: readonly EnvironmentListing[]): string =>
  listings.length === 0 ? 'none' : listings.map(({ settings }) => settings.name).join(', ');
