import { readInstallation, readInstallationRepositories } from './installation.ts';
import { readMergeGroup } from './merge-group.ts';
import { readPing } from './ping.ts';
import { readPullRequestHead } from './pull-request-head.ts';
import { readPush } from './push.ts';
import { ignored } from './reading.ts';
import type { Reader, Reading } from './reading.ts';
import { readWorkflowRun } from './workflow-run.ts';

/** The events that Landfall acts on, by the name in `X-GitHub-Event`. */
const READERS: ReadonlyMap<string, Reader> = new Map([
  ['installation', readInstallation],
  ['installation_repositories', readInstallationRepositories],
  ['merge_group', readMergeGroup],
  ['ping', readPing],
  ['pull_request', readPullRequestHead],
  ['push', readPush],
  ['workflow_run', readWorkflowRun],
]);

/** Reads one verified delivery. */
export function readEvent(event: string, deliveryId: string, payload: unknown): Reading {
  const read = READERS.get(event);
  return read ? read(deliveryId, payload) : ignored(`Landfall does not act on ${event} events`, 'event_not_used');
}
