/** {@link TargetActivities} for one cluster. Registered on the worker that serves it. */
import { activityInfo, cancellationDetails, cancellationSignal } from '@temporalio/activity';
import type { ClusterSettings } from '../../../contracts/config/cluster.ts';
import { shortCommit } from '../../../contracts/core/names.ts';
import type { TargetActivities } from '../../../contracts/deployment/target.ts';
import type { LogSink } from '../../logs/log-sink.port.ts';
import type { RegistrySettings } from '../../registry/client.ts';
import { describeValues, formerValues, secretsOfRun, valuesFor } from '../fetch-variables.ts';
import { masked, secretsOf } from '../mask-error.ts';
import { createChanging } from '../per-environment-lock.ts';
import { MAY } from '../stale-generation.ts';
import { tell } from '../tell.ts';
import type { ReplicaActivities } from '../../watch/watch.port.ts';
import type { VariableSource } from '../variables.port.ts';
import { capture } from './capture.ts';
import { createClusterClient } from './client/client.ts';
import type { ClusterRequests } from './client/requests.ts';
import { assertCurrentFence } from './fence.ts';
import { finalize } from './finalize.ts';
import { healthAttempt } from './health.ts';
import { assertRunsNothingNewer, look } from './look.ts';
import { ensureNamespace } from './namespace.ts';
import { lookAtReplicas } from './look-at-replicas.ts';
import { observe } from './observe.ts';
import type { Writing } from './ownership.ts';
import type { KubernetesPlace } from './place.ts';
import { prepare } from './prepare.ts';
import { runOnce } from './release-command.ts';
import { remains, remove } from './remove.ts';
import { restore } from './restore.ts';
import { restoreFailure } from './restore-failure.ts';
import { kubernetesRunOf, runOf, type KubernetesRun, type Run } from './run.ts';
import { takeOver } from './strategy.ts';
import { urlOf } from './url.ts';
import { ensureValues } from './values.ts';

export interface KubernetesTargetDeps {
  readonly cluster: ClusterSettings;
  /** The way to its API server. */
  readonly requests: ClusterRequests;
  readonly logs: LogSink;
  /** The source of variables and secrets. */
  readonly variables: VariableSource;
  /** The registry of images. */
  readonly registry: RegistrySettings;
  /** For the times in logs, and the time that a rollout takes. */
  readonly now?: () => number;
}

const placeOf = ({
  cluster,
  requests,
  logs,
  variables,
  registry,
  now = Date.now,
}: KubernetesTargetDeps): KubernetesPlace => ({
  cluster,
  client: createClusterClient({ cluster: cluster.name, requests }),
  logs,
  variables,
  registry,
  now,
});

/** Watches deployments after they have ended; the port holds the promises. */
export function createKubernetesReplicas(deps: KubernetesTargetDeps): ReplicaActivities {
  const place = placeOf(deps);
  return { lookAtReplicas: async (replicas) => lookAtReplicas(place, replicas, cancellationSignal()) };
}

/** Importing changes nothing; neither does calling this. Each operation keeps what contracts/deployment/target.ts promises. */
export function createKubernetesTarget(deps: KubernetesTargetDeps): TargetActivities {
  const place = placeOf(deps);
  /** Changes something: one at a time for each environment. */
  const changing = createChanging();

  /** @throws `StaleGeneration` when a newer generation is or has been here */
  async function assertCurrent(run: Run, signal: AbortSignal): Promise<void> {
    assertRunsNothingNewer(run, await look(place, run, signal));
    await assertCurrentFence(place, { ...run, slack: MAY.switch }, signal);
  }

  return {
    prepare: async (request) =>
      changing(request, (signal) =>
        prepare(place, runOf(request), async () => valuesFor(place, request, signal), signal),
      ),

    capture: async (request) => capture(place, runOf(request), cancellationSignal()),

    runOnce: async (request) =>
      changing(request, async (signal) => {
        const asked = runOf(request);
        const { release } = asked.run;
        if (!release) return;
        await assertCurrent(asked, signal);
        const values = await valuesFor(place, request, signal);
        const run = { ...asked, ...describeValues(values) };
        await ensureNamespace(place, run.namespace, signal);
        await ensureValues(place, run, async () => values, writingOf(place, run), signal);
        const isCancelled = () => cancellationDetails()?.cancelRequested === true;
        const number = request.releaseRun ?? 1;
        await runOnce(place, release, { run, number, values, signal, isCancelled }).catch((error: unknown) => {
          throw masked(error, values);
        });
      }),

    switchTo: async (request) =>
      changing(request, async (signal) => {
        const asked = runOf(request);
        await assertCurrent(asked, signal);
        const given = await valuesFor(place, request, signal);
        const run = { ...asked, ...describeValues(given) };
        const secrets = secretsOf(given);
        const writing = writingOf(place, run);
        const switching = async () => {
          await ensureNamespace(place, run.namespace, signal);
          const values = await ensureValues(place, run, async () => given, writing, signal);
          const gate = async () => {
            await healthAttempt(place, run, { signal, secrets });
          };
          await takeOver(place, run, { values, gate }, writing, signal);
        };
        await switching().catch((error: unknown) => {
          throw masked(error, given);
        });
        const url = urlOf(run);
        await tell(place, run, 'deploy', [`${place.cluster.name} serves ${shortCommit(run.commit)} at ${url}.`]);
        return { healthAttempts: activityInfo().attempt, url };
      }),

    observe: async (request) => {
      const signal = cancellationSignal();
      const { key, deploymentId } = request;
      const secrets = async (serving: KubernetesRun) => secretsOfRun(place, { key, deploymentId, serving }, signal);
      return observe(place, runOf(request), secrets, signal);
    },

    restore: async (asked) =>
      changing(asked.request, (signal) => {
        const { running } = asked.captured;
        const captured = running && kubernetesRunOf(running, asked.request.key);
        const values = formerValues(place, asked, signal);
        return restore(place, { failed: runOf(asked.request), captured, values }, signal).catch((error: unknown) => {
          throw restoreFailure(error);
        });
      }),

    finalize: async ({ request, captured: { running } }) =>
      changing(request, (signal) => {
        const captured = running && kubernetesRunOf(running, request.key);
        return finalize(place, { deployed: runOf(request), captured }, signal);
      }),

    remove: async (request) => changing(request, (signal) => remove(place, request, signal)),

    remains: async (request) => remains(place, request, cancellationSignal()),
  };
}

const writingOf = ({ cluster }: KubernetesPlace, { key, namespace, generation }: Run): Writing => ({
  owner: cluster.owner,
  ...{ key, namespace, generation },
  slack: MAY.switch,
});
