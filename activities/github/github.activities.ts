import { activityInfo, cancellationSignal } from '@temporalio/activity';
import type { AppClient } from './app-client.ts';
import { createChecks } from './build-check-runs.ts';
import type { GitHubClient } from './client.ts';
import { createDeployments } from './deployments.ts';
import { createEnvironments } from './environments.ts';
import type { GitHubActivities } from './github.port.ts';
import { createIssues } from './issues.ts';
import { createPeople } from './permissions.ts';
import { createProtection } from './protection.ts';
import { createShownChecks } from './check-runs.ts';

interface GitHubActivitiesOptions {
  readonly client: GitHubClient;
  readonly app: AppClient;
  /** Landfall's address for people, such as `https://landfall.example`. Without a slash at its end. */
  readonly publicUrl: string;
}

/** @throws `GitHub*` (contracts/core/failures.ts); see the port for what each promises. */
export function createGitHubActivities({ client, app, publicUrl }: GitHubActivitiesOptions): GitHubActivities {
  const deployments = createDeployments(client, publicUrl);
  const environments = createEnvironments(client, deployments);
  const checks = createChecks(client, publicUrl);
  const protection = createProtection(client);
  const shownChecks = createShownChecks(client, publicUrl);
  const people = createPeople(client);
  const issues = createIssues(client, app, publicUrl);
  return {
    openDeployment: (request) => deployments.open(request, tries(request.mayExist)),
    reportDeployment: (request) => deployments.report(request, tries()),
    retireEnvironment: (environment) => environments.retire(environment, cancellationSignal()),
    permissionOf: (question) => people.permissionOf(question, cancellationSignal()),
    findApprover: (question) => people.findApprover(question, cancellationSignal()),
    openBuildCheck: (request) => checks.open(request, tries()),
    updateBuildCheck: (request) => checks.update(request, cancellationSignal()),
    noteOnCheck: (request) => shownChecks.note(request, cancellationSignal()),
    checksOfSuite: (question) => shownChecks.ofSuite(question, cancellationSignal()),
    answerJob: (request) => protection.answer(request, cancellationSignal()),
    jobWaits: (question) => protection.waits(question, cancellationSignal()),
    showCheck: (request) => shownChecks.show(request, tries(request.mayExist)),
    openFailureIssue: (failed) => issues.open(failed, tries(failed.mayBeTold)),
    closeFailureIssues: (landed) => issues.close(landed, tries(landed.mayBeTold)),
    closeOutageIssue: (recovered) => issues.closeOutage(recovered, tries(recovered.mayBeTold)),
  };
}

/** An earlier attempt may have done it, and only its answer was lost. */
function tries(mayExist = false) {
  return { mayBeDone: mayExist || activityInfo().attempt > 1, signal: cancellationSignal() };
}
