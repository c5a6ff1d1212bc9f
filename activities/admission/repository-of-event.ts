/** Every evaluation of a GitHub event begins here: it opens the event's repository. */
import { gitHubOrigin } from '../../contracts/config/service.ts';
import type { GitHubId } from '../../contracts/core/github-id.ts';
import type { SkipReason } from '../../contracts/admission/decision.ts';
import { failureOf } from '../../contracts/core/failures.ts';
import type { LandfallYaml } from '../../contracts/config/landfall-schema.ts';
import type { Catalogue } from './catalogue.port.ts';
import { readProtection } from './configuration.ts';
import { skip, type DeliveryDeps, type Evaluation } from './evaluation.ts';
import { openGitHub, type RepositoryReader } from './repository.ts';

interface Told {
  readonly repositoryId: GitHubId;
  readonly repository: string;
  /** A webhook of a single repository names none. */
  readonly installationId: GitHubId | null;
}

/** The repository, through the installation that the event names or that was used last; or why it cannot be read. */
export async function openTold(
  deps: Pick<DeliveryDeps, 'source' | 'installations'> & { readonly catalogue: Pick<Catalogue, 'installationOf'> },
  { repositoryId, repository, ...told }: Told,
  signal: AbortSignal,
): Promise<RepositoryReader | Evaluation> {
  const { catalogue, source } = deps;
  const installationId = told.installationId ?? (await catalogue.installationOf(repositoryId));
  if (installationId === undefined) {
    return skip(
      'unknown_repository',
      `${repository} is not known, and the event names no installation: install the GitHub App for it`,
    );
  }
  try {
    const origin = gitHubOrigin({ repositoryId, repository, installationId });
    return await openGitHub(source, origin, signal);
  } catch (error) {
    const type = failureOf(error)?.type;
    if (type !== 'GitHubForbidden' && type !== 'GitHubNotFound') throw error;
    const state = await deps.installations?.stateOf(installationId, signal);
    if (state === 'suspended') {
      return skip(
        'installation_suspended',
        `the installation of the GitHub App for ${repository} is suspended: its owner can take it up again in its settings`,
      );
    }
    if (state === 'deleted') {
      return skip('installation_deleted', `the GitHub App is no longer installed for ${repository}: install it again`);
    }
    throw error;
  }
}

/** The commit that broke the default branch's file already shows that error; for another commit it is no news. */
export async function protectionOf(
  reader: RepositoryReader,
): Promise<{ readonly file: LandfallYaml } | { readonly missing: string; readonly reason: SkipReason }> {
  try {
    const read = await readProtection(reader);
    return 'missing' in read ? { ...read, reason: 'no_configuration' } : read;
  } catch (error) {
    const known = failureOf(error);
    if (known?.type !== 'InvalidConfiguration') throw error;
    return { missing: known.message, reason: 'invalid_configuration' };
  }
}
