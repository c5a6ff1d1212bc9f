/** A request that goes to the preview of a pull request: an environment that is made from a template. */
import type { EnvironmentListing } from '../../contracts/admission/admission.ts';
import type { LandfallYaml } from '../../contracts/config/landfall-schema.ts';
import { LANDFALL_YAML } from '../../contracts/config/landfall-yaml.ts';
import { previewRules, previewSettings } from '../../contracts/config/previews.ts';
import type { ServiceSettings } from '../../contracts/config/service.ts';
import { failure } from '../../contracts/core/failures.ts';
import { serviceId } from '../../contracts/core/ids.ts';
import type { ServiceKey } from '../../contracts/core/keys.ts';
import { COMMIT } from '../../contracts/core/names.ts';
import { previewEnvironment } from '../../contracts/core/preview-names.ts';
import type { RepositoryReader } from './repository.ts';

interface Wanted {
  readonly key: ServiceKey;
  readonly number: number;
  /** The commit to be shown, as the request names it. */
  readonly ref: string | null;
}

/**
 * The environment, from the default branch's file. A preview never follows a branch: the head of a pull request may be a
 * stranger's by the time that it is read.
 *
 * @throws `InvalidRequest`
 */
export function askedPreview(
  file: LandfallYaml,
  { project, defaultBranch }: RepositoryReader,
  { key, number, ref }: Wanted,
): EnvironmentListing {
  const name = previewEnvironment(number);
  const refused = (why: string) => failure('InvalidRequest', `${serviceId(key)} has no preview ${name}: ${why}`);
  if (project.origin.kind !== 'github') throw refused('only repositories on GitHub have pull requests.');
  const settings = previewSettings(file, number, key.service);
  const rules = previewRules(file);
  if (!rules) throw refused(`${LANDFALL_YAML} on ${defaultBranch} has no "previews". Add it there first.`);
  if (!settings) {
    const known = rules.services.join(', ');
    throw refused(`"previews" in ${LANDFALL_YAML} on ${defaultBranch} shows other services only: ${known}.`);
  }
  if (ref === null || !COMMIT.test(ref)) throw refused('it shows one commit. Name it by its full id.');
  return { settings, branch: pullRequestRef(number), autoDeploy: false };
}

/** GitHub keeps the head of a pull request under this name, a fork's as well, in the repository that it goes to. */
const pullRequestRef = (number: number): string => `pull/${number}/head`;

/** There are many previews on a host: the version before waits without a process of its own. */
export const shownSettings = (settings: ServiceSettings): ServiceSettings => ({
  ...settings,
  run: { ...settings.run, warm: 'stopped' },
});
