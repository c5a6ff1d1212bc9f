import type { V1Container, V1Job } from '@kubernetes/client-node';
import type { ReleaseCommand } from '../../../../contracts/config/service.ts';
import type { VariableValues } from '../../../../contracts/config/variables.ts';
import { COMPONENT } from '../labels.ts';
import { releaseJobName } from '../names.ts';
import type { Run } from '../run.ts';
import { verbatim } from './environment.ts';
import { metadataOfRun, type Maker } from './metadata.ts';
import { podSpec } from './pod.ts';

interface Ordered {
  readonly command: ReleaseCommand;
  /** The number of the run. */
  readonly number: number;
}

/**
 * The Job of a release command: one pod, and no second one whatever happens to the first. It stays when it has ended, so
 * that a repeated call finds it. Its own deadline is the last resort, for the time in which no worker looks.
 */
export function releaseJob(maker: Maker, run: Run, values: VariableValues | null, { command, number }: Ordered): V1Job {
  const metadata = metadataOfRun(maker, run, { name: releaseJobName(run, number), component: COMPONENT.release });
  const { labels, annotations } = metadata;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata,
    spec: {
      parallelism: 1,
      completions: 1,
      // Nothing is run before the fence has its mark.
      suspend: true,
      backoffLimit: 0,
      podReplacementPolicy: 'Failed',
      activeDeadlineSeconds: Math.ceil((run.rolloutMs + command.timeoutMs) / 1_000),
      template: {
        metadata: { labels, annotations },
        spec: podSpec(maker, run, values, { container: programOf(command), restartPolicy: 'Never' }),
      },
    },
  };
}

/** An image's entrypoint is mostly its server: with it, the server would be started in place of the command. */
function programOf({ command, entrypoint }: ReleaseCommand): Partial<V1Container> {
  const args = command.map(verbatim);
  if (entrypoint === 'image') return { args };
  return entrypoint ? { command: entrypoint.map(verbatim), args } : { command: args };
}
