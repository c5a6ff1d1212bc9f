// The bundle's entry: exactly the workflow types that a worker serves. Named, never `export *`.
export { build } from './build.workflow.ts';
export { checkClick } from './check-click.workflow.ts';
export { checkCommit } from './check-commit.workflow.ts';
export { command } from './command.workflow.ts';
export { delivery } from './delivery.workflow.ts';
export { deployment } from './deployment.workflow.ts';
export { environment } from './environment.workflow.ts';
export { forgetOld } from './forget-old.workflow.ts';
export { installation } from './installation.workflow.ts';
export { protectionRequest } from './protection-request.workflow.ts';
export { protection } from './protection.workflow.ts';
export { pullRequestClosed } from './pull-request-closed.workflow.ts';
export { release } from './release.workflow.ts';
export { repairDeliveries } from './repair-deliveries.workflow.ts';
export { report } from './report.workflow.ts';
export { suiteClick } from './suite-click.workflow.ts';
