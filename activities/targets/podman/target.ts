/** {@link TargetActivities} for one Podman host. Registered on that host's own worker. */
import { shortCommit } from '../../../contracts/core/names.ts';
import { activityInfo, cancellationDetails, cancellationSignal } from '@temporalio/activity';
import type { HostSettings } from '../../../contracts/config/host.ts';
import type { PageActivities } from '../../../contracts/deployment/maintenance.ts';
import type { TargetActivities } from '../../../contracts/deployment/target.ts';
import type { LogSink } from '../../logs/log-sink.port.ts';
import type { PodmanClient } from '../../podman/client.ts';
import type { RegistrySettings } from '../../registry/client.ts';
import { createContainers } from '../../podman/containers.ts';
import { createDisk } from '../../podman/disk.ts';
import { createImages } from '../../podman/images.ts';
import { createSecrets } from '../../podman/secrets.ts';
import { createVolumes } from '../../podman/volumes.ts';
import type { ReplicaActivities } from '../../watch/watch.port.ts';
import type { VariableSource } from '../variables.port.ts';
import { capture } from './capture.ts';
import { createChanging } from '../per-environment-lock.ts';
import { engineFailure, restoreFailure } from './failures.ts';
import { MAY } from '../stale-generation.ts';
import { assertCurrent } from './fence.ts';
import { finalize } from './finalize.ts';
import { secretsOf } from '../mask-error.ts';
import { maskedByEngine } from './mask-engine-error.ts';
import { lookAtReplicas, type LookTimes } from './look-at-replicas.ts';
import { observe } from './observe.ts';
import { setPage } from './page.ts';
import { runOnce } from './release-command.ts';
import { instancesOf, type PodmanPlace } from './place.ts';
import { tell } from '../tell.ts';
import { prepare } from './prepare.ts';
import { createProxy, type Proxy } from './proxy/proxy.ts';
import { remains, remove } from './remove.ts';
import { restore } from './restore.ts';
import { containerRunOf, runOf, type ContainerRun } from './container-spec.ts';
import { healthGate, takeOverBesides, takeOverByRecreating, urlOf } from './strategy.ts';
import { describeValues, formerValues, secretsOfRun, valuesFor } from '../fetch-variables.ts';

export interface PodmanTargetDeps {
  readonly host: HostSettings;
  readonly podman: PodmanClient;
  readonly logs: LogSink;
  /** The source of variables and secrets. */
  readonly variables: VariableSource;
  /** The host's; changes go through one queue, so all that change it share it. Made of the host's settings when absent. */
  readonly proxy?: Proxy | undefined;
  /**
   * The registry of images. `insecure`: it speaks plain HTTP; for all others the engine's own registries.conf decides.
   */
  readonly registry: RegistrySettings;
  /** A deployment that would leave less is refused before anything is touched. 1 GB by default. */
  readonly minFreeBytes?: number;
  /** See {@link LookTimes}; shorter ones are for tests. */
  readonly lookTimes?: LookTimes;
  /** For the times in logs. */
  readonly now?: () => number;
}

function placeOf(deps: PodmanTargetDeps): PodmanPlace {
  return {
    host: deps.host,
    podman: deps.podman,
    containers: createContainers(deps.podman),
    images: createImages(deps.podman),
    disk: createDisk(deps.podman),
    volumes: createVolumes(deps.podman),
    secrets: createSecrets(deps.podman),
    variables: deps.variables,
    proxy: deps.proxy ?? (deps.host.proxy && createProxy(deps.host.proxy)),
    logs: deps.logs,
    registry: deps.registry,
    minFreeBytes: deps.minFreeBytes ?? 1e9,
    now: deps.now ?? Date.now,
  };
}

/** Watches deployments after they have ended; the port holds the promises. */
export function createPodmanReplicas(deps: PodmanTargetDeps): ReplicaActivities {
  const place = placeOf(deps);
  return {
    lookAtReplicas: async (replicas) =>
      lookAtReplicas(place, replicas, cancellationSignal(), deps.lookTimes).catch(explain),
  };
}

/** Importing changes nothing; neither does calling this. Each operation keeps what contracts/deployment/target.ts promises. */
export function createPodmanTarget(deps: PodmanTargetDeps): TargetActivities & PageActivities {
  const place = placeOf(deps);
  const exclusively = createChanging();

  /** Looks, or changes nothing that a deployment changes. */
  const looking = <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> =>
    work(cancellationSignal()).catch(explain);
  /** Changes something: one at a time for each environment. */
  const changing: typeof exclusively = async (about, work) => exclusively(about, work).catch(explain);

  return {
    prepare: async (request) =>
      changing(request, (signal) => prepare(place, runOf(request), () => valuesFor(place, request, signal), signal)),

    capture: async (request) => looking((signal) => capture(place, runOf(request), signal)),

    runOnce: async (request) =>
      changing(request, async (signal) => {
        const asked = runOf(request);
        const { release } = asked.run;
        if (!release) return;
        await assertCurrent(place, asked, await instancesOf(place, asked.key, signal), MAY.switch);
        const values = await valuesFor(place, request, signal);
        const run = { ...asked, ...describeValues(values) };
        const isCancelled = () => cancellationDetails()?.cancelRequested === true;
        const number = request.releaseRun ?? 1;
        await runOnce(place, release, { run, number, values, signal, isCancelled }).catch((error: unknown) => {
          throw maskedByEngine(error, values);
        });
      }),

    switchTo: async (request) =>
      changing(request, async (signal) => {
        const asked = runOf(request);
        await assertCurrent(place, asked, await instancesOf(place, asked.key, signal), MAY.switch);
        const given = await valuesFor(place, request, signal);
        const run = { ...asked, ...describeValues(given) };
        const takeOver = run.strategy === 'blue-green' ? takeOverBesides : takeOverByRecreating;
        const gate = healthGate(place, run, secretsOf(given), signal);
        await takeOver(place, run, { gate, values: async () => given }, signal).catch((error: unknown) => {
          throw maskedByEngine(error, given);
        });
        await tell(place, run, 'deploy', [
          `${place.host.name} serves ${shortCommit(run.commit)} at ${urlOf(place, run)}.`,
        ]);
        return { healthAttempts: activityInfo().attempt, url: urlOf(place, run) };
      }),

    observe: async (request) =>
      looking((signal) => {
        const { key, deploymentId } = request;
        const secrets = async (serving: ContainerRun) => secretsOfRun(place, { key, deploymentId, serving }, signal);
        return observe(place, runOf(request), secrets, signal);
      }),

    restore: async (asked) => {
      const {
        request,
        captured: { running },
      } = asked;
      return changing(request, (signal) => {
        const values = formerValues(place, asked, signal);
        const captured = running && containerRunOf(running);
        return restore(place, { failed: runOf(request), captured, values }, signal).catch((error: unknown) => {
          throw restoreFailure(error);
        });
      });
    },

    finalize: async ({ request, captured }) =>
      changing(request, (signal) => finalize(place, { deployed: runOf(request), captured: captured.running }, signal)),

    remove: async (request) => changing(request, (signal) => remove(place, request, signal)),

    remains: async (request) => looking((signal) => remains(place, request, signal)),

    setPage: async (request) => looking((signal) => setPage(place, request, signal)),
  };
}

/** The engine's own errors become failures with a name; everything else already has one. */
function explain(error: unknown): never {
  throw engineFailure(error);
}
