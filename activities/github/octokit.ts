import { Octokit } from '@octokit/rest';
import type { GitHubId } from '../../contracts/core/github-id.ts';
import type { Line, Markdown } from '../../contracts/core/markdown.ts';
import type { ButtonText, CheckName, LabelName } from '../../contracts/github/shown-names.ts';
import type { Secret } from '../../contracts/core/secret.ts';
import type { WebAddress } from './web-address.ts';

interface OctokitSettings {
  readonly apiUrl: string;
  /** An installation token, or the App's JWT. */
  readonly token: Secret;
  /** Ends the request. Octokit's own `timeout` option does nothing. */
  readonly signal: AbortSignal;
}

/**
 * The version that our schemas of GitHub's answers were written for (GitHub REST, "API Versions"); without it GitHub
 * serves the oldest supported one.
 */
const API_VERSION = '2022-11-28';

/** The fields of GitHub's bodies that people read, whatever they are part of. */
interface Written {
  readonly body: Markdown;
  readonly summary: Markdown;
  readonly text: Markdown;
  readonly comment: Markdown;
  readonly title: Line;
  readonly name: CheckName | LabelName;
  readonly check_name: CheckName;
  readonly label: ButtonText<20>;
  readonly description: Line;
  readonly details_url: WebAddress;
  readonly environment_url: WebAddress;
  readonly log_url: WebAddress;
  readonly target_url: WebAddress;
}

/** The same parameters, in which a text that people read cannot be any string. */
type Safely<P> = P extends object
  ? {
      [K in keyof P]: K extends keyof Written
        ? [Extract<P[K], string>] extends [never]
          ? Safely<P[K]>
          : Exclude<P[K], string> | Written[K]
        : Safely<P[K]>;
    }
  : P;

type Rest = Octokit['rest'];
type SafeCall<F> = F extends (parameters?: infer P) => infer R ? (parameters?: Safely<P>) => R : never;

/** Octokit, for the calls that we make: what it writes is {@link Markdown}, a {@link Line} or an address, so no text is forgotten. */
export interface GitHubApi {
  readonly rest: { readonly [Room in keyof Rest]: { readonly [Call in keyof Rest[Room]]: SafeCall<Rest[Room][Call]> } };
  /** @param route - one that only reads */
  request(route: `GET /${string}`, parameters: Readonly<Record<string, string>>): Promise<{ readonly data: unknown }>;
}

const silent = () => undefined;

/**
 * A client for one call. Without retry and throttling plugins: Temporal repeats, so that a lost answer is looked up
 * before anything is created again. Nothing is logged: errors carry what is worth knowing.
 */
export function createOctokit({ apiUrl, token, signal }: OctokitSettings): GitHubApi {
  const octokit = new Octokit({
    baseUrl: apiUrl,
    auth: token.reveal(),
    userAgent: 'landfall',
    request: { signal },
    log: { debug: silent, info: silent, warn: silent, error: silent },
  });
  octokit.hook.before('request', ({ headers }) => {
    headers['x-github-api-version'] = API_VERSION;
  });
  // Safe parameters are parameters; to see that for a thousand calls takes the compiler half a minute.
  return octokit as unknown as GitHubApi;
}

/** An id in an address or a body. GitHub's types say number there; Octokit writes a bigint as the same digits. */
export const asParameter = (id: GitHubId): number => BigInt(id) as unknown as number;
