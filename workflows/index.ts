// The bundle's entry: exactly the workflow types that a worker serves. Named, never `export *`.
export { build } from './build/build.workflow.ts';
export { checkClick } from './orders/check-click.workflow.ts';
export { checkCommit } from './maintenance/check-commit.workflow.ts';
export { command } from './orders/command.workflow.ts';
export { delivery } from './admission/admission.workflow.ts';
export { deployment } from './deployment/deployment.workflow.ts';
export { environment } from './environment/environment.workflow.ts';
export { forgetOld } from './maintenance/forget-old.workflow.ts';
export { installation } from './maintenance/installation.workflow.ts';
export { protectionRequest } from './actions/protection-request.workflow.ts';
export { protection } from './actions/protection.workflow.ts';
export { pullRequestClosed } from './orders/pull-request-closed.workflow.ts';
export { release } from './release/release.workflow.ts';
export { repairDeliveries } from './maintenance/repair-deliveries.workflow.ts';
export { report } from './reporting/report.workflow.ts';
export { suiteClick } from './orders/suite-click.workflow.ts';
export { watchLive } from './maintenance/watch-live.workflow.ts';
