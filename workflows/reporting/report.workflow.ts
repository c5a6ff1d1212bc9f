import { proxyActivities } from '@temporalio/workflow';
import type { GitHubActivities, ShowCheck } from '../../activities/github/github.port.ts';
import type { TellActivities, Telling } from '../../activities/records/records.port.ts';
import { telling } from '../lib/activity-options.ts';
import type { UnsaidCheck } from './build-check.ts';
import type { UnsaidDeployment } from './github-deployment.ts';
import { settled } from '../lib/all-settled.ts';

const gitHub = proxyActivities<GitHubActivities>({ ...telling, summary: 'tell GitHub' });
const { tell } = proxyActivities<TellActivities>({ ...telling, summary: 'tell the store' });

export interface ReportInput {
  readonly tellings: readonly Telling[];
  readonly deployment?: UnsaidDeployment | undefined;
  readonly check?: UnsaidCheck | undefined;
  readonly shown?: ShowCheck | undefined;
}

/** Writes the last reports of work that ended while the store or GitHub was away, so that no workflow waits for it. */
export async function report({ tellings, deployment, check, shown }: ReportInput): Promise<void> {
  await settled([
    ...(tellings.length > 0 ? [tell(tellings)] : []),
    ...(deployment ? [tellDeployment(deployment)] : []),
    ...(check ? [tellCheck(check)] : []),
    ...(shown ? [show(shown)] : []),
  ]);
}

async function tellDeployment({ open, gitHubDeploymentId, status }: UnsaidDeployment): Promise<void> {
  const id = gitHubDeploymentId ?? (await gitHub.openDeployment(open));
  await gitHub.reportDeployment({ ...status, gitHubDeploymentId: id });
}

async function tellCheck({ open, checkRunId, update }: UnsaidCheck): Promise<void> {
  const id = checkRunId ?? (await gitHub.openBuildCheck(open));
  await gitHub.updateBuildCheck({ ...update, checkRunId: id });
}

async function show(unsaid: ShowCheck): Promise<void> {
  await gitHub.showCheck(unsaid);
}
