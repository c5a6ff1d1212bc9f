/** The two ways in which a run takes over. Both can be called again at any point, and go on from there. */
import { heartbeat } from '@temporalio/activity';
import type { V1Deployment } from '@kubernetes/client-node';
import { FailureType, failure } from '../../../contracts/core/failures.ts';
import type { VariableValues } from '../../../contracts/config/variables.ts';
import { until } from '../poll-until.ts';
import { applyOwn } from './apply.ts';
import { applyDeployment, applyOthers, applyService, countServing, pinService } from './bring-up.ts';
import { generationIn } from './labels.ts';
import { deploymentNamed, isOf, look, servingVersion, type Seen, type SeenVersion } from './look.ts';
import { deploymentName } from './names.ts';
import type { Writing } from './ownership.ts';
import type { KubernetesPlace } from './place.ts';
import type { Run } from './run.ts';

/** The controllers of a busy cluster are given this long to carry a change of a Service out. */
const REACHED_MS = 60_000;
const POLL_MS = 100;
/** After a pod's own patience its node kills it, and says so a little later. */
const ENDING_MS = 20_000;

export interface TakingOver {
  readonly values: VariableValues | null;
  /** Resolves when the run's pods may get requests. */
  readonly gate: () => Promise<void>;
}

type Taking = (
  place: KubernetesPlace,
  run: Run,
  taking: TakingOver,
  writing: Writing,
  signal: AbortSignal,
) => Promise<void>;

export const takeOver: Taking = async (place, run, taking, writing, signal) => {
  const way = run.strategy === 'rolling' ? takeOverInPlace : takeOverBeside;
  await way(place, run, taking, writing, signal);
  await applyOthers(place, run, writing, signal);
  await awaitReached(place, run, signal);
};

/** Kubernetes replaces pod by pod; a new one gets requests as soon as it is ready. */
const takeOverInPlace: Taking = async (place, run, { values, gate }, writing, signal) => {
  const seen = await look(place, run, signal);
  await applyDeployment(place, run, { values, serving: countServing(seen) }, writing, signal);
  await gate();
  const others = otherVersions(await look(place, run, signal), run).filter(isUp);
  if (others.length > 0) {
    // Those of the strategy before would get requests as well.
    await pinService(place, run, writing, signal);
    await awaitReached(place, run, signal);
    for (const other of others) await scaleToNone(place, other, writing, signal);
    await awaitGone(place, run, ({ name }) => others.some((one) => name.startsWith(`${one.name}-`)), signal);
  }
  await applyService(place, run, writing, signal);
  await awaitGone(place, run, ({ ending }) => ending, signal);
};

/** The new pods come up beside the old ones, and get requests when the Service is led to them. */
const takeOverBeside: Taking = async (place, run, { values, gate }, writing, signal) => {
  const seen = await look(place, run, signal);
  const serving = servingVersion(seen);
  // The Service of a run that was rolled out reaches every pod of the environment.
  if (serving?.run && seen.service && generationIn(seen.service.spec?.selector) === undefined) {
    await pinService(place, { ...serving.run, key: run.key }, writing, signal);
  }
  await applyDeployment(place, run, { values, serving: countServing(seen) }, writing, signal);
  await gate();
  await applyService(place, run, writing, signal);
};

/** The environment's Deployments beside that of the run. */
const otherVersions = ({ versions }: Seen, run: Run): readonly SeenVersion[] =>
  versions.filter(({ name }) => name !== deploymentName(run));

const isUp = ({ deployment }: SeenVersion): boolean => (deployment.spec?.replicas ?? 1) > 0;

/** Keeps it, without pods. */
export async function scaleToNone(
  place: KubernetesPlace,
  version: SeenVersion,
  writing: Writing,
  signal: AbortSignal,
): Promise<void> {
  const ref = deploymentNamed(version);
  await applyOwn<V1Deployment>(
    place,
    ref,
    (current) => {
      const { spec, metadata } = current ?? version.deployment;
      const { labels = {}, annotations = {} } = metadata ?? {};
      // Its revision is written by the controller of Deployments.
      const own = Object.entries(annotations).filter(
        ([annotation]) => !annotation.startsWith('deployment.kubernetes.io/'),
      );
      return {
        ...ref,
        metadata: { ...ref.metadata, labels, annotations: Object.fromEntries(own) },
        ...(spec && { spec: Object.assign(spec, { replicas: 0 }) }),
      };
    },
    writing,
    signal,
  );
}

/** @throws `EngineUnavailable` when the Service goes on leading elsewhere */
async function awaitReached(place: KubernetesPlace, run: Run, signal: AbortSignal): Promise<void> {
  const isMine = isOf(run);
  let seen: Seen | undefined;
  const reached = async () => {
    heartbeat();
    seen = await look(place, run, signal);
    const serving = seen.pods.filter((pod) => pod.serving);
    return serving.length > 0 && serving.every(isMine) ? true : undefined;
  };
  if (await until(reached, { timeoutMs: REACHED_MS, everyMs: POLL_MS, signal })) return;
  const names = seen?.pods.filter(({ serving }) => serving).map(({ name }) => name) ?? [];
  throw failure(
    FailureType.EngineUnavailable,
    `After ${REACHED_MS / 1_000} s the Service of ${run.key.service} in ${run.namespace} leads to ${names.length === 0 ? 'no pod' : names.join(', ')}, and not to generation ${run.generation}. Look at the controllers of cluster ${place.cluster.name}, and at its EndpointSlices.`,
  );
}

/** Waits for pods to end, within their own patience. One that outlasts it holds nothing up. */
export async function awaitGone(
  place: KubernetesPlace,
  run: Pick<Run, 'key' | 'namespace'>,
  which: (pod: Seen['pods'][number]) => boolean,
  signal: AbortSignal,
): Promise<void> {
  const patience = (pods: Seen['pods']) =>
    Math.max(0, ...pods.map(({ pod }) => (pod.spec?.terminationGracePeriodSeconds ?? 30) * 1_000));
  const first = (await look(place, run, signal)).pods.filter(which);
  if (first.length === 0) return;
  const gone = async () => {
    heartbeat();
    return (await look(place, run, signal)).pods.some(which) ? undefined : true;
  };
  await until(gone, { timeoutMs: patience(first) + ENDING_MS, everyMs: POLL_MS, signal });
}
