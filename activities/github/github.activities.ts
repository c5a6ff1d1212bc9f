import { activityInfo, cancellationSignal } from '@temporalio/activity';
import { createChecks } from './checks.ts';
import type { GitHubClient } from './client.ts';
import { createDeployments } from './deployments.ts';
import type { GitHubActivities } from './github.port.ts';
import { createPeople } from './people.ts';

interface GitHubActivitiesOptions {
  readonly client: GitHubClient;
  /** How people reach Landfall, such as `https://landfall.example`. Without a slash at its end. */
  readonly publicUrl: string;
}

/** @throws `GitHub*` (contracts/failures.ts); see the port for what each promises. */
export function createGitHubActivities({ client, publicUrl }: GitHubActivitiesOptions): GitHubActivities {
  const deployments = createDeployments(client, publicUrl);
  const checks = createChecks(client, publicUrl);
  const people = createPeople(client);
  return {
    openDeployment: (request) => deployments.open(request, tries(request.mayExist)),
    reportDeployment: (request) => deployments.report(request, tries()),
    findApprover: (question) => people.findApprover(question, cancellationSignal()),
    openBuildCheck: (request) => checks.open(request, tries()),
    updateBuildCheck: (request) => checks.update(request, cancellationSignal()),
  };
}

/** An earlier attempt may have done it, and only its answer was lost. */
function tries(mayExist = false) {
  return { mayBeDone: mayExist || activityInfo().attempt > 1, signal: cancellationSignal() };
}
