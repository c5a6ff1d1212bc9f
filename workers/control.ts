import { Worker } from '@temporalio/worker';
import type { NativeConnection } from '@temporalio/worker';
import type { CertificateActivities } from '../activities/certificates/certificates.port.ts';
import type { CommitCheckActivities } from '../activities/admission/commit-check.port.ts';
import type { DeliveryActivities } from '../activities/admission/admission.port.ts';
import type { ConversationActivities } from '../activities/github/conversation.port.ts';
import type { GitHubActivities } from '../activities/github/github.port.ts';
import type { VerdictActivities } from '../activities/github/commit-check.port.ts';
import type { InstallationActivities } from '../activities/github/installation.port.ts';
import type { PeopleActivities } from '../activities/people/people.port.ts';
import type { TellActivities } from '../activities/records/records.port.ts';
import type { RetentionActivities } from '../activities/records/retention.port.ts';
import type { RepairActivities } from '../activities/repair/repair.port.ts';
import { CONTROL_QUEUE } from '../contracts/core/queues.ts';
import { common } from './options.ts';

/** All activities of the control queue, whichever room provides them. */
export interface ControlActivities
  extends
    CertificateActivities,
    CommitCheckActivities,
    ConversationActivities,
    DeliveryActivities,
    GitHubActivities,
    InstallationActivities,
    PeopleActivities,
    RepairActivities,
    RetentionActivities,
    TellActivities,
    VerdictActivities {}

interface ControlOptions {
  readonly native: NativeConnection;
  readonly namespace: string;
  readonly workflowBundle: { readonly codePath: string };
  readonly activities: ControlActivities;
}

/** Workflows, GitHub and records. Any number of these may run. */
export function createControlWorker({
  native,
  namespace,
  workflowBundle,
  activities,
}: ControlOptions): Promise<Worker> {
  return Worker.create({
    ...common,
    connection: native,
    namespace,
    taskQueue: CONTROL_QUEUE,
    workflowBundle,
    activities,
    // After a kill, tasks of the dead worker's sticky queue wait this long before another one may have them.
    stickyQueueScheduleToStartTimeout: '3 seconds',
    maxConcurrentActivityTaskExecutions: 50,
  });
}
