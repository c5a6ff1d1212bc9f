import type { V1Deployment, V1DeploymentSpec } from '@kubernetes/client-node';
import type { VariableValues } from '../../../../contracts/config/variables.ts';
import { COMPONENT, LABEL, servingLabels } from '../labels.ts';
import { deploymentName } from '../names.ts';
import { annotationsOf, type Run } from '../run.ts';
import { verbatim } from './environment.ts';
import { metadataOfRun, type Maker } from './metadata.ts';
import { podSpec } from './pod.ts';
import { PORT_NAME } from './port-name.ts';
import { readinessProbe } from './readiness.ts';

/** Enough for `kubectl rollout undo` by hand; Landfall brings a version back from its own record. */
const KEPT_REVISIONS = 2;

/**
 * The Deployment of a run: the environment's one with `rolling`, one of its own with `blue-green`.
 *
 * @param replicas - see replicasFor; those of the settings by default
 */
export function deploymentObject(
  maker: Maker,
  run: Run,
  values: VariableValues | null,
  replicas: number = run.replicas,
): V1Deployment {
  const name = deploymentName(run);
  const { labels, annotations, ...metadata } = metadataOfRun(maker, run, { name, component: COMPONENT.server });
  const own = { ...labels, [LABEL.instance]: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { ...metadata, labels: own, annotations: { ...annotations, ...annotationsOf(run) } },
    spec: {
      replicas,
      // The instance keeps the pods of a former strategy apart, which Kubernetes would count as its own.
      selector: { matchLabels: { ...servingLabels(run.key), [LABEL.instance]: name } },
      ...rolloutOf(run),
      revisionHistoryLimit: KEPT_REVISIONS,
      template: {
        metadata: { labels: own, annotations: annotationsOf(run) },
        spec: podSpec(maker, run, values, { container: serving(run), restartPolicy: 'Always' }),
      },
    },
  };
}

function serving({ run: { port, entrypoint, command }, health }: Run) {
  return {
    ...(entrypoint && { command: entrypoint.map(verbatim) }),
    ...(command && { args: command.map(verbatim) }),
    ports: [{ name: PORT_NAME, containerPort: port, protocol: 'TCP' }],
    readinessProbe: readinessProbe({ health }),
  };
}

function rolloutOf({ strategy, rolloutMs, health }: Run): Omit<V1DeploymentSpec, 'selector' | 'template'> {
  const deadline = Math.max(Math.ceil(rolloutMs / 1_000), 2);
  // With blue-green none gets requests before Landfall has seen all of them healthy for as long.
  const stable = strategy === 'rolling' ? Math.ceil((health.stable?.forMs ?? 0) / 1_000) : 0;
  return {
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: '25%' } },
    // The API server takes only less than the deadline.
    minReadySeconds: Math.min(stable, deadline - 1),
    progressDeadlineSeconds: deadline,
  };
}
