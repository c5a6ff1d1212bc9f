import type { Command } from 'commander';
import { TRIAL_ENVIRONMENT } from '../../contracts/github/app-preflight.ts';
import type { CommandContext } from '../context.ts';
import { gitHubEnvironment, refName, repositoryName } from '../github/names.ts';
import { tryGitHub, type TryOptions } from '../github/try.ts';
import { define } from './define.ts';

/** `landfall github try`: whether a GitHub App's credentials do for a repository. It asks no Landfall and deploys nothing. */
export function github(program: Command, context: CommandContext): void {
  const group = program.command('github').description('try a GitHub App out, without a running Landfall');
  define(group, 'try', 'authenticate, create a deployment, take it to success, end it; deploy nothing')
    .option('--repository <owner/name>', 'a repository where the App is installed', repositoryName)
    .option('--ref <ref>', 'a branch, tag or commit (default: the default branch)', refName)
    .option(
      '--environment <name>',
      `the environment's name on GitHub (default: ${TRIAL_ENVIRONMENT})`,
      gitHubEnvironment,
    )
    .option('--all-permissions', 'fail for a missing permission even when only a part of Landfall needs it')
    .option('--interactive', 'choose repository, commit and environment from lists')
    .addHelpText('after', ENVIRONMENT)
    .action(async (options: TryOptions) => {
      await tryGitHub(context, options);
    });
}

const ENVIRONMENT = `
Environment:
  GITHUB_APP_ID                   required
  GITHUB_APP_PRIVATE_KEY[_FILE]   required; the key itself, or the .pem file
  GITHUB_API_URL                  default https://api.github.com`;
