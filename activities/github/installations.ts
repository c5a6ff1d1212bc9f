import { asParameter } from './octokit.ts';
import { gitHubId } from '../../contracts/core/github-id-fields.ts';
import type { GitHubId } from '../../contracts/core/github-id.ts';
import { z } from 'zod';
import { failureOf } from '../../contracts/core/failures.ts';
import type {
  InstallationReading,
  InstallationRepository,
  InstallationState,
} from '../../contracts/config/installation.ts';
import type { AppClient } from './app-client.ts';
import { readMetadata } from './every-repository.ts';
import type { TokenBroker } from './token-broker.ts';

const Account = z.object({ login: z.string().optional(), slug: z.string().optional() }).nullable();
const Installation = z.object({
  account: Account,
  permissions: z.record(z.string(), z.string()),
  repository_selection: z.enum(['all', 'selected']),
  suspended_at: z.string().nullable(),
});
const Repositories = z.object({
  repositories: z.array(z.object({ id: gitHubId, full_name: z.string(), private: z.boolean() })),
});

const PAGE = 100;
/** Enough to choose from; an installation of more repositories than this is listed in part. */
const MAX_PAGES = 20;

interface InstallationsOptions {
  readonly apiUrl: string;
  readonly app: AppClient;
  readonly broker: TokenBroker;
}

export interface Installations {
  /** Its present state at GitHub. @throws `GitHub*`, or the signal's reason */
  stateOf(installationId: GitHubId, signal: AbortSignal): Promise<InstallationState>;
  /** The same with everything else that is worth keeping. */
  read(installationId: GitHubId, signal: AbortSignal): Promise<InstallationReading>;
}

/** Reads installations as the App itself: an event's data may be old when it arrives. */
export function createInstallations({ apiUrl, app, broker }: InstallationsOptions): Installations {
  /** `undefined`: the App is not installed there (any more). */
  async function find(installationId: GitHubId, signal: AbortSignal) {
    const what = `Reading installation ${installationId}`;
    try {
      return await app.call({ what, answer: Installation, signal }, (github) =>
        github.rest.apps.getInstallation({ installation_id: asParameter(installationId) }),
      );
    } catch (error) {
      if (failureOf(error)?.type === 'GitHubNotFound') return undefined;
      throw error;
    }
  }

  async function list(installationId: GitHubId, signal: AbortSignal): Promise<readonly InstallationRepository[]> {
    const all: InstallationRepository[] = [];
    const what = `Listing the repositories of installation ${installationId}`;
    for (let page = 1; page <= MAX_PAGES; page += 1) {
      const { repositories } = await readMetadata(
        { apiUrl, broker },
        { installationId, what, answer: Repositories, signal },
        (github) => github.rest.apps.listReposAccessibleToInstallation({ per_page: PAGE, page }),
      );
      all.push(...repositories.map((one) => ({ id: one.id, fullName: one.full_name, private: one.private })));
      if (repositories.length < PAGE) break;
    }
    return all;
  }

  return {
    async stateOf(installationId, signal) {
      const found = await find(installationId, signal);
      if (!found) return 'deleted';
      return found.suspended_at === null ? 'active' : 'suspended';
    },

    async read(installationId, signal) {
      const readAt = Date.now();
      const found = await find(installationId, signal);
      const nothing = {
        installationId,
        account: null,
        permissions: null,
        everyRepository: null,
        repositories: null,
        readAt,
      };
      if (!found) return { ...nothing, state: 'deleted' };
      const facts = {
        account: found.account?.login ?? found.account?.slug ?? null,
        permissions: found.permissions,
        everyRepository: found.repository_selection === 'all',
      };
      if (found.suspended_at !== null) return { ...nothing, ...facts, state: 'suspended' };
      return { ...nothing, ...facts, state: 'active', repositories: await list(installationId, signal) };
    },
  };
}
