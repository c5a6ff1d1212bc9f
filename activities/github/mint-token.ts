import { RequestError } from '@octokit/request-error';
import githubAppJwt from 'universal-github-app-jwt';
import { z } from 'zod';
import { Secret } from '../../contracts/secret.ts';
import { checkAnswer, gitHubFailure, type Attempt } from './errors.ts';
import { createOctokit } from './octokit.ts';

export type Permissions = Readonly<
  Partial<Record<'checks' | 'contents' | 'deployments' | 'members' | 'metadata', 'read' | 'write'>>
>;

/** What a token may do: these permissions, in this one repository. */
export interface TokenScope {
  readonly installationId: number;
  readonly repositoryId: number;
  readonly permissions: Permissions;
}

/** The GitHub App that we are. */
export interface AppCredentials {
  /** `https://api.github.com`, or that of a GitHub Enterprise Server. */
  readonly apiUrl: string;
  readonly appId: number;
  /** Of the App. `createTokenBroker` takes any spelling, `createMintToken` a PKCS#8 PEM. */
  readonly privateKey: Secret;
}

export interface Minted {
  readonly token: Secret;
  /** By this machine's clock, in milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Asks GitHub for a new token. @throws `GitHub*` (contracts/failures.ts) */
export type MintToken = (scope: TokenScope) => Promise<Minted>;

const TIMEOUT_MS = 10_000;
/** The library puts `iat` 30 s back and `exp` 10 min after that; GitHub advises 60 s and allows 10 min. */
const ISSUED_EARLIER_S = 30;
/** A smaller difference between the clocks is a slow answer, and does no harm. */
const NOTABLE_SKEW_MS = 10_000;

const Answer = z.object({ token: z.string().min(1), expires_at: z.iso.datetime() });

/** @param now - this machine's clock, in milliseconds since the epoch */
export function createMintToken({ apiUrl, appId, privateKey }: AppCredentials, now: () => number): MintToken {
  /** GitHub's clock against ours, as its last answer's `Date` header told it. */
  let skewMs = 0;

  /** @returns whether that was news */
  function learnClock(date: string | undefined): boolean {
    const difference = Date.parse(date ?? '') - now();
    const before = skewMs;
    skewMs = Math.abs(difference) > NOTABLE_SKEW_MS ? difference : 0;
    return Math.abs(skewMs - before) > NOTABLE_SKEW_MS;
  }

  async function request({ installationId, repositoryId, permissions }: TokenScope) {
    const issuedAt = Math.floor((now() + skewMs) / 1000) - ISSUED_EARLIER_S;
    const { token } = await githubAppJwt({ id: appId, privateKey: privateKey.reveal(), now: issuedAt });
    const octokit = createOctokit({ apiUrl, token: new Secret(token), signal: AbortSignal.timeout(TIMEOUT_MS) });
    return octokit.rest.apps.createInstallationAccessToken({
      installation_id: installationId,
      repository_ids: [repositoryId],
      permissions,
    });
  }

  return async (scope) => {
    const attempt = describe(scope, appId);
    const answer = await request(scope)
      .catch((error: unknown) => {
        // A JWT from a clock that is wrong is refused. GitHub's own clock comes with the refusal: once more with that.
        const refused = error instanceof RequestError && error.status === 401;
        if (refused && learnClock(error.response?.headers.date)) return request(scope);
        throw error;
      })
      .catch((error: unknown) => {
        throw gitHubFailure(error, attempt);
      });
    learnClock(answer.headers.date);
    const { token, expires_at: expiresAt } = checkAnswer(Answer, answer.data, attempt);
    return { token: new Secret(token), expiresAt: Date.parse(expiresAt) - skewMs };
  };
}

function describe({ installationId, repositoryId, permissions }: TokenScope, appId: number): Attempt {
  const wanted = Object.entries(permissions).map(([name, level]) => `${name}: ${level}`);
  return {
    what: `Getting a token of App ${appId} for installation ${installationId}`,
    advice: {
      GitHubNotFound: 'The App is not installed there (any more): install it again.',
      GitHubForbidden: 'The installation may be suspended: look at it in the settings of its account.',
      GitHubInvalid: `Grant the App ${wanted.join(', ')}, have the installation accept it, and let it include repository ${repositoryId}.`,
    },
  };
}
