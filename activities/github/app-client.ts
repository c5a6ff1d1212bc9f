import { RequestError } from '@octokit/request-error';
import githubAppJwt from 'universal-github-app-jwt';
import type { z } from 'zod';
import { Secret } from '../../contracts/core/secret.ts';
import { checkAnswer, gitHubFailure, type CallContext } from './errors.ts';
import { createOctokit, type GitHubApi } from './octokit.ts';

/** The GitHub App that we are. */
export interface AppCredentials {
  /** `https://api.github.com`, or that of a GitHub Enterprise Server. */
  readonly apiUrl: string;
  readonly appId: number;
  /** The App's key. `createTokenBroker` takes any spelling, `createAppClient` a PKCS#8 PEM. */
  readonly privateKey: Secret;
}

export interface AppCall<T> extends CallContext {
  /** The used part of the answer; anything else in it is ignored. */
  readonly answer: z.ZodType<T>;
  /** Ends the request; each has ten seconds in any case. */
  readonly signal?: AbortSignal;
}

/** Makes the request of one call with the client that it is given. */
type Perform = (github: GitHubApi) => Promise<{ readonly data: unknown; readonly headers: { readonly date?: string } }>;

export interface AppClient {
  /**
   * Makes one call as the App itself, with a JWT. One that is refused because this machine's clock is wrong is made
   * again with GitHub's time.
   * @throws `GitHub*` (contracts/core/failures.ts), or the signal's reason
   */
  call<T>(call: AppCall<T>, perform: Perform): Promise<T>;
  /** GitHub's clock against this machine's, in milliseconds; 0 when they agree, or before the first call. */
  skewMs(): number;
}

const TIMEOUT_MS = 10_000;
/** The library puts `iat` 30 s back and `exp` 10 min after that; GitHub advises 60 s and allows 10 min. */
const ISSUED_EARLIER_S = 30;
/** A smaller difference between the clocks is a slow answer, and does no harm. */
const NOTABLE_SKEW_MS = 10_000;

/** @param now - this machine's clock, in milliseconds since the epoch */
export function createAppClient({ apiUrl, appId, privateKey }: AppCredentials, now: () => number): AppClient {
  /** Taken from the last answer's `Date` header. */
  let skewMs = 0;

  /** @returns true when the skew has changed */
  function learnClock(date: string | undefined): boolean {
    const difference = Date.parse(date ?? '') - now();
    const before = skewMs;
    skewMs = Math.abs(difference) > NOTABLE_SKEW_MS ? difference : 0;
    return Math.abs(skewMs - before) > NOTABLE_SKEW_MS;
  }

  async function request(perform: Perform, signal: AbortSignal | undefined) {
    const issuedAt = Math.floor((now() + skewMs) / 1000) - ISSUED_EARLIER_S;
    const { token } = await githubAppJwt({ id: appId, privateKey: privateKey.reveal(), now: issuedAt });
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const bounded = signal ? AbortSignal.any([signal, timeout]) : timeout;
    return perform(createOctokit({ apiUrl, token: new Secret(token), signal: bounded }));
  }

  return {
    async call(call, perform) {
      const { answer, signal } = call;
      try {
        const { data, headers } = await request(perform, signal).catch((error: unknown) => {
          // A JWT from a clock that is wrong is refused. GitHub's own clock comes with the refusal: once more with that.
          const refused = error instanceof RequestError && error.status === 401;
          if (refused && learnClock(error.response?.headers.date)) return request(perform, signal);
          throw error;
        });
        signal?.throwIfAborted();
        learnClock(headers.date);
        return checkAnswer(answer, data, call);
      } catch (error) {
        signal?.throwIfAborted();
        throw gitHubFailure(error, call);
      }
    },
    skewMs: () => skewMs,
  };
}
