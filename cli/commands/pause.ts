import type { Command } from 'commander';
import { findAccess } from '../access.ts';
import { pause as askEnvironment, pauseDeployment } from '../client/endpoints.ts';
import { createHttp } from '../client/http.ts';
import type { CommandContext } from '../context.ts';
import { printResult } from '../context.ts';
import { define, ofPausable, pausableOf, type EnvironmentName } from './define.ts';

/**
 * `landfall pause PROJECT/SERVICE ENVIRONMENT`: what runs goes on, nothing else begins.
 * `landfall pause ID`: the deployment that runs holds before its next step.
 */
export function pause(program: Command, context: CommandContext): void {
  ofPausable(define(program, 'pause', 'begin no more deployments in an environment, or hold one that runs'))
    .requiredOption('--reason <text>', 'shown to those who wait')
    .action(async (named: EnvironmentName | string, name: string | undefined, { reason }: { reason: string }) => {
      const what = pausableOf(named, name);
      const http = createHttp(await findAccess(context), context.signal);
      if ('deployment' in what) {
        const now = await pauseDeployment(http, what.deployment, reason);
        const how = 'holds before its next step, for an hour at most';
        printResult(context, now, `${what.deployment} ${how}. End that with: landfall resume ${what.deployment}`);
        return;
      }
      const { project, service, environment } = what.environment;
      const now = await askEnvironment(http, what.environment, reason);
      const full = `${project}/${service} ${environment}`;
      printResult(context, now, `${full} is paused. End that with: landfall resume ${full}`);
    });
}
