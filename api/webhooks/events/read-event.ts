import { readCheckRun } from './check-run.ts';
import { readCheckSuite } from './check-suite.ts';
import { readDeploymentProtectionRule } from './deployment-protection-rule.ts';
import { readInstallation, readInstallationRepositories } from './installation.ts';
import { readIssueComment } from './issue-comment.ts';
import { readMergeGroup } from './merge-group.ts';
import { readPing } from './ping.ts';
import { readPullRequest } from './pull-request.ts';
import { readPush } from './push.ts';
import { ignored } from './reading.ts';
import type { OurApp, Reader, Reading } from './reading.ts';
import { readWorkflowRun } from './workflow-run.ts';

/** The events that Landfall acts on, by the name in `X-GitHub-Event`. */
const READERS: ReadonlyMap<string, Reader> = new Map([
  ['check_run', readCheckRun],
  ['check_suite', readCheckSuite],
  ['deployment_protection_rule', readDeploymentProtectionRule],
  ['installation', readInstallation],
  ['installation_repositories', readInstallationRepositories],
  ['issue_comment', readIssueComment],
  ['merge_group', readMergeGroup],
  ['ping', readPing],
  ['pull_request', readPullRequest],
  ['push', readPush],
  ['workflow_run', readWorkflowRun],
]);

/** Without an App no check run and no protection rule is ours. */
const NO_APP: OurApp = { id: 0, apiUrl: '' };

/** Reads one verified delivery. */
export function readEvent(event: string, deliveryId: string, payload: unknown, app = NO_APP): Reading {
  const read = READERS.get(event);
  return read ? read(deliveryId, payload, app) : ignored(`Landfall does not act on ${event} events`, 'event_not_used');
}
