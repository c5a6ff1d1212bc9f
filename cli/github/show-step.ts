import type { TrialStep, TrialStepName } from '../../contracts/github/app-preflight.ts';
import type { CommandContext } from '../context.ts';
import { paint } from '../context.ts';
import { plainLines } from '../show/plain.ts';

const TITLES = {
  settings: 'read the settings',
  key: 'read the key',
  app: 'authenticate as the App',
  installation: 'find the installation',
  permissions: 'check its permissions',
  token: 'exchange for tokens',
  commit: 'read the commit',
  deployment: 'create a deployment',
  in_progress: 'report "in_progress"',
  success: 'report "success"',
  end: 'end the deployment',
  repositories: 'list the repositories',
  commits: 'list the commits',
  environments: 'list the environments',
} as const satisfies Record<TrialStepName, string>;

const WIDTH = Math.max(...Object.values(TITLES).map((title) => title.length)) + 2;
const INDENT = ' '.repeat(WIDTH + 2);

/** `✓ create a deployment    deployment 1034 to landfall-try`; what is to be done stands on the next line. */
export function showStep(context: CommandContext, { step, state, detail = '', todo }: TrialStep): string {
  const mark = state === 'failed' ? paint(context, 'stdout', 'red', '✗') : paint(context, 'stdout', 'green', '✓');
  const line = `${mark} ${TITLES[step].padEnd(WIDTH)}${plainLines(detail, INDENT)}`;
  return todo === undefined ? line : `${line}\n${INDENT}do: ${plainLines(todo, INDENT)}`;
}
