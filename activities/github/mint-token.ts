import { asParameter } from './octokit.ts';
import type { GitHubId } from '../../contracts/core/github-id.ts';
import { z } from 'zod';
import { Secret } from '../../contracts/core/secret.ts';
import type { AppClient } from './app-client.ts';
import type { CallContext } from './errors.ts';

type Permission =
  | 'actions'
  | 'administration'
  | 'checks'
  | 'contents'
  | 'deployments'
  | 'issues'
  | 'members'
  | 'metadata'
  | 'pull_requests';
export type Permissions = Readonly<Partial<Record<Permission, 'read' | 'write'>>>;

/** A token's rights: these permissions, in this one repository. */
export interface TokenScope {
  readonly installationId: GitHubId;
  /** `every`: all of the installation's, for what comes before one is known by its id. */
  readonly repositoryId: GitHubId;
  readonly permissions: Permissions;
}

export interface Minted {
  readonly token: Secret;
  /** In milliseconds since the epoch, by this machine's clock. */
  readonly expiresAt: number;
}

/** Asks GitHub for a new token. @throws `GitHub*` (contracts/core/failures.ts) */
export type MintToken = (scope: TokenScope) => Promise<Minted>;

const Answer = z.object({ token: z.string().min(1), expires_at: z.iso.datetime() });

export function createMintToken(app: AppClient, appId: number): MintToken {
  return async (scope) => {
    const { installationId, repositoryId, permissions } = scope;
    const { token, expires_at: expiresAt } = await app.call(
      { ...describe(scope, appId), answer: Answer },
      async (github) =>
        github.rest.apps.createInstallationAccessToken({
          installation_id: asParameter(installationId),
          ...(repositoryId !== 'every' && { repository_ids: [asParameter(repositoryId)] }),
          permissions,
        }),
    );
    return { token: new Secret(token), expiresAt: Date.parse(expiresAt) - app.skewMs() };
  };
}

function describe({ installationId, repositoryId, permissions }: TokenScope, appId: number): CallContext {
  const wanted = Object.entries(permissions).map(([name, level]) => `${name}: ${level}`);
  const included = repositoryId === 'every' ? '' : `, and let it include repository ${repositoryId}`;
  return {
    what: `Getting a token of App ${appId} for installation ${installationId}`,
    advice: {
      GitHubNotFound: 'The App is not installed there (any more): install it again.',
      GitHubForbidden: 'The installation may be suspended: look at it in the settings of its account.',
      GitHubInvalid: `Grant the App ${wanted.join(', ')}, have the installation accept it${included}.`,
    },
  };
}
