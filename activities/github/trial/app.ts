import { z } from 'zod';
import type { Granted } from '../../../contracts/config/installation.ts';
import type { AppClient } from '../app-client.ts';
import type { GitHubClient } from '../client.ts';
import type { TokenBroker } from '../token-broker.ts';
import type { TrialSteps } from './steps.ts';

/** The parts that a trial tries: the same that Landfall runs with. */
export interface TriedGitHub {
  readonly apiUrl: string;
  readonly appId: number;
  readonly app: AppClient;
  readonly broker: TokenBroker;
  readonly client: GitHubClient;
}

export interface Trial {
  readonly gitHub: TriedGitHub;
  readonly steps: TrialSteps;
  readonly signal: AbortSignal;
}

/** The App as GitHub knows it. */
export interface KnownApp {
  readonly name: string;
  readonly permissions: Granted;
  /** The page where its owner changes its permissions. */
  readonly settingsUrl: string;
  /** The page where people install it. */
  readonly installUrl: string;
}

const App = z.object({
  id: z.int(),
  name: z.string(),
  slug: z.string(),
  html_url: z.string(),
  // An enterprise has no login.
  owner: z.object({ login: z.string().optional(), type: z.string().optional() }),
  permissions: z.record(z.string(), z.string()),
});

/** A JWT is issued 30 s back: a clock that is further ahead than this is refused at first. */
const HARMLESS_SKEW_MS = 30_000;

/** Asks GitHub who we are. Fails when the key or the id is wrong, or GitHub away. */
export async function authenticate({ gitHub, steps, signal }: Trial): Promise<KnownApp> {
  const { app, appId, apiUrl } = gitHub;
  const advice = {
    GitHubCredentialsRefused: (came: string) => refusedCredentials(appId, came),
    GitHubNotFound: notTheApi(apiUrl),
    GitHubInvalid: notTheApi(apiUrl),
  };
  return steps.run(
    'app',
    async () => {
      const call = { what: `Authenticating as App ${appId}`, answer: App, signal };
      const found = await app.call(call, (github) => github.rest.apps.getAuthenticated());
      const { id, name, slug, html_url: url, owner, permissions } = found;
      const detail = `App ${id} "${name}"${owner.login === undefined ? '' : ` of ${owner.login}`}`;
      const value = {
        name,
        permissions,
        settingsUrl: settingsUrl(url, slug, owner),
        installUrl: `${url}/installations/new`,
      };
      const skewMs = app.skewMs();
      if (Math.abs(skewMs) < HARMLESS_SKEW_MS) return { value, detail };
      return { value, detail: `${detail}; ${clockWords(skewMs)}`, todo: CLOCK_TODO };
    },
    advice,
  );
}

const CLOCK_TODO =
  "Set this machine's clock (NTP). Landfall goes by GitHub's clock when it authenticates; certificates, expiry times and logs still go by this one.";

function clockWords(skewMs: number): string {
  const minutes = Math.max(1, Math.round(Math.abs(skewMs) / 60_000));
  return `this machine's clock is about ${minutes} min ${skewMs > 0 ? 'behind' : 'ahead of'} GitHub's`;
}

/** GitHub's words for each, as its API answers them. */
function refusedCredentials(appId: number, came: string): string {
  if (/integration not found/i.test(came)) {
    return `GitHub knows no App ${appId}: set GITHUB_APP_ID to the "App ID" on the App's settings page.`;
  }
  if (/'(exp|iat)'/.test(came)) {
    return "GitHub rejects the time in our token: set this machine's clock (NTP), and let no proxy change the Date header of its answers.";
  }
  return (
    `The key is none of App ${appId}'s: it belongs to another App, or was deleted. Compare GITHUB_APP_ID with the "App ID" on the App's ` +
    'settings page, or generate a new key there, under "Private keys".'
  );
}

const notTheApi = (apiUrl: string): string =>
  `${apiUrl} does not answer as GitHub's API does: set GITHUB_API_URL to https://api.github.com, or to https://HOST/api/v3 of a GitHub Enterprise Server.`;

/** GitHub's pages have no link to it in the API. */
function settingsUrl(appUrl: string, slug: string, { login, type }: z.infer<typeof App>['owner']): string {
  const account = type === 'Organization' && login !== undefined ? `/organizations/${login}` : '';
  return new URL(`${account}/settings/apps/${slug}/permissions`, appUrl).href;
}
