import type { Command } from 'commander';
import { STEP_DECISIONS, type DeploymentStep, type StepDecision } from '../../contracts/deployment/steps.ts';
import { findAccess } from '../access.ts';
import { decideStep } from '../client/endpoints.ts';
import { createHttp } from '../client/http.ts';
import type { CommandContext } from '../context.ts';
import { printResult } from '../context.ts';
import { anyName, define, stepName } from './define.ts';

const ABOUT: Readonly<Record<StepDecision, string>> = {
  retry: 'run it again; a release command runs once more',
  skip: 'skip it, such as a release command whose work is done',
  abort: 'let the deployment fail, and take back what it touched',
};
const SAID: Readonly<Record<StepDecision, string>> = {
  retry: 'is done again',
  skip: 'is left out',
  abort: 'is given up; what was touched is put back',
};

/** `landfall step retry|skip|abort ID STEP`: acts on a step that has failed and waits for a person. */
export function step(program: Command, context: CommandContext): void {
  const group = program.command('step').description('decide how a deployment goes on after a failed step');
  for (const decision of STEP_DECISIONS) {
    define(group, decision, ABOUT[decision])
      .argument('<id>', 'the id of the deployment, such as shop.web.production.42', anyName)
      .argument('<step>', 'the step that waits, such as release', stepName)
      .requiredOption('--reason <text>', 'kept in the audit trail')
      .action(async (id: string, named: DeploymentStep, { reason }: { reason: string }) => {
        const http = createHttp(await findAccess(context), context.signal);
        const now = await decideStep(http, id, { step: named, decision, reason });
        printResult(
          context,
          now,
          `The step ${named} of ${id} ${SAID[decision]}. Follow it with: landfall logs ${id} -f`,
        );
      });
  }
}
