import type { Command } from 'commander';
import { findAccess } from '../access.ts';
import { resume as askEnvironment, resumeDeployment } from '../client/endpoints.ts';
import { createHttp } from '../client/http.ts';
import type { CommandContext } from '../context.ts';
import { printResult } from '../context.ts';
import { define, ofPausable, pausableOf, type EnvironmentName } from './define.ts';

/**
 * `landfall resume PROJECT/SERVICE ENVIRONMENT`: ends a pause, and the hold after a rollback by hand.
 * `landfall resume ID`: the deployment goes on.
 */
export function resume(program: Command, context: CommandContext): void {
  ofPausable(
    define(program, 'resume', 'end a pause of an environment or a deployment, and the hold after a rollback by hand'),
  ).action(async (named: EnvironmentName | string, name: string | undefined) => {
    const what = pausableOf(named, name);
    const http = createHttp(await findAccess(context), context.signal);
    if ('deployment' in what) {
      printResult(context, await resumeDeployment(http, what.deployment), `${what.deployment} goes on.`);
      return;
    }
    const { project, service, environment } = what.environment;
    const now = await askEnvironment(http, what.environment);
    printResult(context, now, `${project}/${service} ${environment} takes deployments again.`);
  });
}
