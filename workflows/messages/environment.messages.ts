/** The public surface of an environment: an entity that lives as long as its service does. */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { CrashLoop, Outage, Recovery } from '../../contracts/deployment/live-replica.ts';
import type { DeploymentRequest, EnvironmentState, LandedDeployment } from '../../contracts/deployment/deployment.ts';
import type {
  DestroyRequest,
  LockRequest,
  PauseRequest,
  ResumeRequest,
  UnclearedPlace,
  UnlockRequest,
} from '../../contracts/deployment/environment.ts';
import type { EndMaintenanceRequest, MaintenanceRequest } from '../../contracts/deployment/maintenance.ts';
import { environmentWorkflowId } from '../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import { SearchAttributes } from '../../contracts/core/search-attributes.ts';
import type { CancelRequest } from '../../contracts/deployment/release.ts';

/** Asking twice for the same deployment is asking once. */
export const requestDeployment = defineSignal<[DeploymentRequest]>('requestDeployment');
/** Takes a waiting deployment out of the queue, or has a running one undo what it did. */
export const cancelDeployment = defineSignal<[CancelRequest & { readonly deploymentId: string }]>('cancelDeployment');
/** From the deployment that runs: why it does not go on; `null` when it does again. */
export const deploymentHalted =
  defineSignal<[{ readonly deploymentId: string; readonly why: string | null }]>('deploymentHalted');
/**
 * From a deployment that is live from now on, before it tidies up: whoever asks from here on hears of it. Of two the one
 * with the higher generation is live, whichever is heard last.
 */
export const deploymentLanded = defineSignal<[LandedDeployment]>('deploymentLanded');
/** Comes from the watch of live deployments, once for each: people hear of it as they do of failures. */
export const crashLoopFound = defineSignal<[CrashLoop]>('crashLoopFound');
/** From the same watch, once for each outage of a deployment. */
export const outageFound = defineSignal<[Outage]>('outageFound');
export const outageOver = defineSignal<[Recovery]>('outageOver');
/** Answered with `standingTold` (delivery.messages.ts) as soon as the environment knows what is live. */
export const askStanding = defineSignal<[{ readonly asker: string }]>('askStanding');
/**
 * `now`: the time of whoever asks, in milliseconds since the epoch. A workflow's own clock stands still while nothing
 * happens to it, and a lock or freeze ends by time; without it the answer is as of what happened last.
 */
export const environmentState = defineQuery<EnvironmentState, [now?: number]>('state');

/** Refused with `EnvironmentLocked` while another person holds it, and while the environment is being destroyed. Locking again changes one's own lock. */
export const lockEnvironment = defineUpdate<EnvironmentState, [LockRequest]>('lock');
/** Refused with `EnvironmentLocked` for another person's lock without force. Unlocking an unlocked one is no error. */
export const unlockEnvironment = defineUpdate<EnvironmentState, [UnlockRequest]>('unlock');
/** The running deployment goes on; nothing else begins. */
export const pauseEnvironment = defineUpdate<EnvironmentState, [PauseRequest]>('pause');
/** Ends a pause, and the hold after a rollback by hand. */
export const resumeEnvironment = defineUpdate<EnvironmentState, [ResumeRequest]>('resume');
/**
 * Puts a page in front of the environment, or changes the one that stands there; answered when its places have heard of it,
 * or after some seconds. Refused with `Refused` where nothing is live, with `EnvironmentLocked` while another person holds it, and with
 * `InvalidConfiguration` when one of the places cannot show a page: then none does.
 */
export const startMaintenance = defineUpdate<EnvironmentState, [MaintenanceRequest]>('startMaintenance');
/** Takes the page away; where none stands, that is no error. Refused with `EnvironmentLocked` as above. */
export const endMaintenance = defineUpdate<EnvironmentState, [EndMaintenanceRequest]>('endMaintenance');
/**
 * Ends the environment: what runs is cancelled, what waits ends, and then all of it is taken away. Refused with
 * `EnvironmentLocked` while another person holds it. Ordering it again changes nothing.
 */
export const destroyEnvironment = defineUpdate<EnvironmentState, [DestroyRequest]>('destroy');
/** From the workflow that destroys it: the places that are not clear yet, and why. */
export const destructionHalted =
  defineSignal<[{ readonly generation: number; readonly places: readonly UnclearedPlace[] }]>('destructionHalted');

/** The start of an environment. A release and a person found the same workflow, whichever comes first. */
export const foundingOf = (key: EnvironmentKey) => ({
  workflowId: environmentWorkflowId(key),
  args: [{ key }] as [{ readonly key: EnvironmentKey }],
  staticSummary: `${key.project}/${key.service} in ${key.environment}`,
  typedSearchAttributes: [
    { key: SearchAttributes.project, value: key.project },
    { key: SearchAttributes.service, value: key.service },
    { key: SearchAttributes.environment, value: key.environment },
  ],
});
