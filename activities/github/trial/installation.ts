import { gitHubId } from '../../../contracts/core/github-id-fields.ts';
import type { GitHubId } from '../../../contracts/core/github-id.ts';
import { z } from 'zod';
import { failureOf } from '../../../contracts/core/failures.ts';
import { NEEDED_PERMISSIONS, lacking, lackingWanted, type Granted } from '../../../contracts/config/installation.ts';
import type { KnownApp, Trial, TriedGitHub } from './app.ts';
import { TrialRefused } from './steps.ts';

export interface Installation {
  readonly id: GitHubId;
  /** The user or organisation that installed the App. */
  readonly account: string;
  /** The page where its permissions and repositories are changed. */
  readonly url: string;
  readonly permissions: Granted;
  readonly selection: string;
  readonly suspended: boolean;
}

const Answer = z
  .object({
    id: gitHubId,
    html_url: z.string(),
    // An enterprise has a slug.
    account: z.object({ login: z.string().optional(), slug: z.string().optional() }).nullable(),
    permissions: z.record(z.string(), z.string()),
    repository_selection: z.string(),
    suspended_at: z.string().nullish(),
  })
  .transform(
    ({ id, html_url: url, account, permissions, repository_selection: selection, suspended_at: at }): Installation => ({
      id,
      url,
      account: account?.login ?? account?.slug ?? '',
      permissions,
      selection,
      suspended: typeof at === 'string',
    }),
  );

const PAGE = 100;
const MAX_PAGES = 10;

/** All of the App's, a thousand at most. */
export async function listAppInstallations({ app }: TriedGitHub, signal: AbortSignal): Promise<Installation[]> {
  const found: Installation[] = [];
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const call = { what: 'Listing the installations', answer: z.array(Answer), signal };
    const next = await app.call(call, (github) => github.rest.apps.listInstallations({ per_page: PAGE, page }));
    found.push(...next);
    if (next.length < PAGE) break;
  }
  return found;
}

/** Finds the installation that includes the repository. Says which of the possible reasons it is when there is none. */
export async function findTrialInstallation(trial: Trial, app: KnownApp, repository: string): Promise<Installation> {
  const { gitHub, steps, signal } = trial;
  return steps.run('installation', async () => {
    const [owner = '', repo = ''] = repository.split('/');
    const call = { what: `Looking for the installation at ${repository}`, answer: Answer, signal };
    try {
      const found = await gitHub.app.call(call, (github) => github.rest.apps.getRepoInstallation({ owner, repo }));
      if (found.suspended) throw suspended(found);
      return { value: found, detail: `installation ${found.id} at ${found.account}` };
    } catch (error) {
      if (failureOf(error)?.type !== 'GitHubNotFound') throw error;
      throw notThere(await listAppInstallations(gitHub, signal), app, repository);
    }
  });
}

/** GitHub answers 404 to all of these, so as not to tell which private repositories exist. */
function notThere(installations: readonly Installation[], app: KnownApp, repository: string): TrialRefused {
  const [owner = ''] = repository.split('/');
  const theirs = installations.find(({ account }) => account.toLowerCase() === owner.toLowerCase());
  if (!theirs) {
    const others = installations.map(({ account }) => account).join(', ');
    return new TrialRefused(
      `the App "${app.name}" is not installed at ${owner} (it is at: ${others || 'none'})`,
      `Install it at ${app.installUrl} and let it include ${repository}.`,
    );
  }
  if (theirs.suspended) return suspended(theirs);
  if (theirs.selection === 'all') {
    return new TrialRefused(
      `the App is installed for every repository of ${theirs.account}, and ${repository} is none of them`,
      'Check how the repository is spelt: OWNER/NAME, as in its address.',
    );
  }
  return new TrialRefused(
    `the App is installed at ${theirs.account} for selected repositories, and ${repository} is not one of them, or does not exist`,
    `Add it under "Repository access" at ${theirs.url}, or check how it is spelt.`,
  );
}

const suspended = ({ account, url }: Installation) =>
  new TrialRefused(`the installation at ${account} is suspended`, `Take it up again ("Unsuspend") at ${url}.`);

interface Permissions {
  readonly app: KnownApp;
  readonly installation: Installation;
  /**
   * True: a permission that only a part of Landfall needs fails the step as well. Otherwise its lack is reported and
   * fails nothing.
   */
  readonly all: boolean;
}

/** Compares what is granted with what is needed, and says who has to grant the rest. */
export async function checkPermissions({ steps }: Trial, { app, installation, all }: Permissions): Promise<void> {
  const { account, permissions: granted } = installation;
  await steps.run('permissions', async () => {
    const needed = lacking(NEEDED_PERMISSIONS, granted).map(spelt);
    const wanted = lackingWanted(granted);
    const names = wanted.map(({ permission }) => permission);
    const without = wanted.map((one) => `Without ${one.permission}, ${one.without}.`);
    const missing = all ? [...needed, ...names] : needed;
    if (missing.length > 0) {
      throw new TrialRefused(
        `the installation at ${account} does not grant ${missing.join(', ')}`,
        [...(all ? without : []), howToGrant(app, installation, missing)].join(' '),
      );
    }
    const detail = Object.entries(NEEDED_PERMISSIONS).map(spelt).join(', ');
    if (wanted.length === 0) return Promise.resolve({ value: undefined, detail });
    return Promise.resolve({
      value: undefined,
      detail: `${detail}; not ${names.join(', ')}`,
      todo: [...without, howToGrant(app, installation, names)].join(' '),
      lacking: [...wanted],
    });
  });
}

/** @param missing - such as `issues: write` */
function howToGrant(app: KnownApp, { account, url }: Installation, missing: readonly string[]): string {
  const unasked = missing.filter((one) => {
    const [name = '', level = ''] = one.split(': ');
    return lacking({ [name]: level }, app.permissions).length > 0;
  });
  const accept = `accept the new permissions for ${account} at ${url}`;
  return unasked.length === 0
    ? `The App asks for ${missing.length === 1 ? 'it' : 'them'} already: ${accept}.`
    : `Grant ${unasked.join(', ')} under "Repository permissions" at ${app.settingsUrl}, then ${accept}.`;
}

const spelt = ([name, level]: readonly [string, string]): string => `${name}: ${level}`;
