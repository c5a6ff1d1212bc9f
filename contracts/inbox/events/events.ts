/** The events of GitHub's that Landfall acts on. A new one is its file and a line here, and its workflow. */
import { checkRunEvent } from './check-run.ts';
import { checkSuiteEvent } from './check-suite.ts';
import { deploymentProtectionRuleEvent } from './deployment-protection-rule.ts';
import { installationEvent } from './installation.ts';
import { installationRepositoriesEvent } from './installation-repositories.ts';
import { issueCommentEvent } from './issue-comment.ts';
import { mergeGroupEvent } from './merge-group.ts';
import { pingEvent } from './ping.ts';
import { pullRequestEvent } from './pull-request.ts';
import { pushEvent } from './push.ts';
import { workflowRunEvent } from './workflow-run.ts';

export const EVENTS = [
  checkRunEvent,
  checkSuiteEvent,
  deploymentProtectionRuleEvent,
  installationEvent,
  installationRepositoriesEvent,
  issueCommentEvent,
  mergeGroupEvent,
  pingEvent,
  pullRequestEvent,
  pushEvent,
  workflowRunEvent,
] as const;
