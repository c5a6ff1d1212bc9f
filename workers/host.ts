import { Worker } from '@temporalio/worker';
import type { NativeConnection } from '@temporalio/worker';
import { createBuildActivities, createClaimActivities } from '../activities/build/build.activities.ts';
import type { LogSink } from '../activities/logs/log-sink.port.ts';
import { createPodmanClient } from '../activities/podman/client.ts';
import type { RegistrySettings } from '../activities/registry/client.ts';
import type { PrivateSources } from '../activities/source/addresses.ts';
import type { SourceCredentials } from '../activities/source/credentials.port.ts';
import { createProxy } from '../activities/targets/podman/proxy/proxy.ts';
import { createPodmanReplicas, createPodmanTarget } from '../activities/targets/podman/target.ts';
import type { VariableSource } from '../activities/targets/variables.port.ts';
import { createProveActivities } from '../activities/targets/prove.activities.ts';
import type { HostSettings } from '../contracts/config/host.ts';
import { BUILDS_QUEUE, buildQueue, hostQueue } from '../contracts/core/queues.ts';
import { common } from './options.ts';

interface HostOptions {
  readonly native: NativeConnection;
  readonly namespace: string;
  readonly host: HostSettings;
  readonly registry: RegistrySettings;
  readonly credentials: SourceCredentials;
  readonly privateSources: PrivateSources;
  readonly logs: LogSink;
  readonly variables: VariableSource;
  /** The proxy could not be given today's limits. It serves by those of before until its next reload. */
  readonly onProxyProblem: (error: unknown) => void;
}

/**
 * One host's workers: it runs services, builds images, or both. They know the local engine, the registry and where
 * logs go; never the database.
 */
export async function createHostWorkers({
  native,
  namespace,
  host,
  registry,
  credentials,
  privateSources,
  logs,
  variables,
  onProxyProblem,
}: HostOptions): Promise<readonly Worker[]> {
  const podman = createPodmanClient(host.podmanSocket);
  const listen = (taskQueue: string, activities: object, maxConcurrentActivityTaskExecutions: number) =>
    Worker.create({
      ...common,
      connection: native,
      namespace,
      taskQueue,
      activities,
      maxConcurrentActivityTaskExecutions,
      maxConcurrentActivityTaskPolls: 2,
    });

  const workers: Promise<Worker>[] = [];
  if (host.roles.includes('run')) {
    if (host.proxy) await createProxy(host.proxy).refresh().catch(onProxyProblem);
    const deps = { host, podman, logs, variables, registry };
    const target = createPodmanTarget(deps);
    const activities = { ...target, ...createProveActivities(target), ...createPodmanReplicas(deps) };
    workers.push(listen(hostQueue(host.name), activities, 20));
  }
  if (host.roles.includes('build')) {
    const builds = host.buildPodmanSocket === undefined ? podman : createPodmanClient(host.buildPodmanSocket);
    const deps = { host, podman: builds, registry, credentials, privateSources, logs };
    workers.push(
      // A claim holds nothing, so more may wait than can build.
      listen(BUILDS_QUEUE, createClaimActivities(deps), host.buildSlots),
      listen(buildQueue(host.name), createBuildActivities(deps), host.buildSlots * 2),
    );
  }
  return Promise.all(workers);
}
