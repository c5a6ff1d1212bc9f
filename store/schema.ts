/**
 * Every table. One rule orders them: **one table, one writer**. What is admitted (services, environments, releases)
 * is written by admission; what is reported (builds, deployments, steps) by the records activities. Facts that are
 * given once and facts that change stand in different tables (`builds` and `build_status`), so that reports which
 * arrive in any order, or twice, end in the same rows. Such pairs carry no foreign key: either half may come first.
 *
 * After a change: `npx drizzle-kit generate --config store/drizzle.config.ts`, and commit what it writes.
 */
export { installations, repositories, projects, services, environments, releases } from './schema/admitted.ts';
export { otherNames } from './schema/names.ts';
export { builds, buildStatus, buildStates, images } from './schema/builds.ts';
export {
  deploymentStatus,
  deploymentSteps,
  deployments,
  environmentEnds,
  environmentGates,
  environmentLive,
  lineage,
  liveReplicas,
} from './schema/deployments.ts';
export { deliveries } from './schema/inbox.ts';
export { decisions } from './schema/decisions.ts';
export { installationStates, installationRepositories } from './schema/installations.ts';
export { repairWalks, redeliveries, branchHeads } from './schema/repair.ts';
export { previews } from './schema/previews.ts';
export { upkeep } from './schema/upkeep.ts';
export { auditEvents } from './schema/audit.ts';
export { sessions } from './schema/sessions.ts';
export { programVersions } from './schema/versions.ts';
export { variableSets, variableRevisions, variableValues, deploymentVariables } from './schema/variables.ts';
export {
  acmeAccounts,
  certificateOrders,
  certificatePlaces,
  certificates,
  certificateStatus,
} from './schema/certificates.ts';
