/**
 * A GitHub App tried out, with the parts that Landfall runs with and without Landfall: no Temporal, no database.
 *
 *   node workers/try-github.ts try --repository OWNER/NAME [--ref REF] [--environment NAME] [--all-permissions]
 *   node workers/try-github.ts repositories
 *   node workers/try-github.ts commits|environments --repository OWNER/NAME
 *
 * Configured by environment variables (workers/try-config.ts); people start it by `landfall github try`. Prints one JSON
 * line for every step (contracts/github/app-preflight.ts), the lists end with one of choices. Ends with 1 when a step has failed. SIGINT
 * and SIGTERM interrupt it: a deployment that was begun on GitHub is ended first.
 */
import { parseArgs } from 'node:util';
import { createAppClient } from '../activities/github/app-client.ts';
import { createGitHubClient } from '../activities/github/client.ts';
import { readPrivateKey } from '../activities/github/private-key.ts';
import { createTokenBroker } from '../activities/github/token-broker.ts';
import type { Trial } from '../activities/github/trial/app.ts';
import { listCommits, listEnvironments, listRepositories } from '../activities/github/trial/choices.ts';
import { createSteps, TrialRefused } from '../activities/github/trial/steps.ts';
import { tryApp } from '../activities/github/trial/trial.ts';
import { isRefName, REPOSITORY } from '../contracts/core/names.ts';
import { TRIAL_ENVIRONMENT, type TrialLine } from '../contracts/github/app-preflight.ts';
import { readTryConfig } from './try-config.ts';

const report = (line: TrialLine): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

/** Settings and key are reported as steps like the others. */
async function prepare(signal: AbortSignal): Promise<Trial> {
  const outset = createSteps({ apiUrl: '', report, signal });
  const config = await outset.run('settings', async () => {
    const read = refusing(() => readTryConfig(process.env), SETTINGS_TODO);
    return Promise.resolve({ value: read, detail: `App ${read.appId} at ${read.apiUrl}` });
  });
  const { apiUrl, appId } = config;
  const privateKey = await outset.run('key', async () =>
    Promise.resolve({ value: refusing(() => readPrivateKey(config.privateKey), KEY_TODO), detail: 'an RSA key' }),
  );
  const broker = createTokenBroker({ apiUrl, appId, privateKey });
  const app = createAppClient({ apiUrl, appId, privateKey }, Date.now);
  const gitHub = { apiUrl, appId, app, broker, client: createGitHubClient({ apiUrl, broker }) };
  return { gitHub, steps: createSteps({ apiUrl, report, signal }), signal };
}

const SETTINGS_TODO = 'Correct it in the environment of this command; see `landfall github try --help`.';
const KEY_TODO = 'Set GITHUB_APP_PRIVATE_KEY_FILE to the .pem file that GitHub has handed out.';

/** A fault found before the first request to GitHub is for people to mend, too. */
function refusing<T>(read: () => T, todo: string): T {
  try {
    return read();
  } catch (error) {
    throw new TrialRefused((error instanceof Error ? error.message : String(error)).replace(/\.$/, ''), todo, {
      cause: error,
    });
  }
}

async function perform(args: readonly string[], signal: AbortSignal): Promise<void> {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      repository: { type: 'string' },
      ref: { type: 'string' },
      environment: { type: 'string' },
      'all-permissions': { type: 'boolean' },
    },
  });
  const { repository = '', ref, environment = TRIAL_ENVIRONMENT, 'all-permissions': allPermissions = false } = values;
  const [verb] = positionals;
  if (verb !== 'repositories' && !REPOSITORY.test(repository)) throw new Error('Give --repository OWNER/NAME.');
  if (ref !== undefined && !isRefName(ref)) throw new Error('Give a branch, a tag or a commit as --ref.');
  switch (verb) {
    case 'try':
      await tryApp(await prepare(signal), { repository, ref, environment, allPermissions });
      break;
    case 'repositories':
      report({ choices: await listRepositories(await prepare(signal)) });
      break;
    case 'commits':
      report({ choices: await listCommits(await prepare(signal), repository) });
      break;
    case 'environments':
      report({ choices: await listEnvironments(await prepare(signal), repository) });
      break;
    default:
      throw new Error('Say what to do: try, repositories, commits or environments.');
  }
}

if (import.meta.main) {
  const ending = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => ending.abort());
  try {
    await perform(process.argv.slice(2), ending.signal);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
