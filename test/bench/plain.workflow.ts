/** A deployment's activities with nothing around them, like a person's first workflow. */
import { proxyActivities } from '@temporalio/workflow';
import type { GitHubActivities, OpenDeployment } from '../../activities/github/github.port.ts';
import type { TellActivities } from '../../activities/records/records.port.ts';
import type { ProveActivities } from '../../activities/targets/prove.port.ts';
import type { TargetActivities, TargetRequest } from '../../contracts/deployment/target.ts';

export interface PlainInput {
  readonly hostQueue: string;
  readonly request: TargetRequest;
  readonly digest: string;
  readonly open: OpenDeployment;
  /** The same number of each as in a deployment of ours. */
  readonly tellings: number;
  readonly reports: number;
}

const short = { startToCloseTimeout: '1 minute' } as const;
const { tell } = proxyActivities<TellActivities>(short);
const { openDeployment, reportDeployment } = proxyActivities<GitHubActivities>(short);

export async function plain(input: PlainInput): Promise<void> {
  const { hostQueue: taskQueue, request, digest, open, tellings, reports } = input;
  const host = proxyActivities<TargetActivities & ProveActivities>({ ...short, taskQueue });

  const toldStore = (async () => {
    for (let told = 0; told < tellings; told += 1) await tell([]);
  })();
  const toldGitHub = (async () => {
    const gitHubDeploymentId = await openDeployment(open);
    const status = { origin: open.origin, gitHubDeploymentId, description: '', logPath: '/' };
    for (let told = 0; told < reports; told += 1) await reportDeployment({ ...status, state: 'in_progress' });
  })();
  const [, captured] = await Promise.all([host.prepare(request), host.capture(request)]);
  await host.switchTo(request);
  await host.prove({ request, expected: { digest } });
  await host.finalize({ request, captured });
  await Promise.all([toldStore, toldGitHub]);
}
