import { Worker } from '@temporalio/worker';
import type { NativeConnection } from '@temporalio/worker';
import { createBuildActivities, createClaimActivities } from '../activities/build/build.activities.ts';
import { removeStaleNetworks } from '../activities/build/isolation/stale-networks.ts';
import type { LogSink } from '../activities/logs/log-sink.port.ts';
import { createPodmanClient } from '../activities/podman/client.ts';
import type { RegistrySettings } from '../activities/registry/client.ts';
import type { PrivateSources } from '../activities/source/addresses.ts';
import type { SourceCredentials } from '../activities/source/credentials.port.ts';
import type { HostSettings } from '../contracts/config/host.ts';
import { BUILDS_QUEUE, buildQueue } from '../contracts/core/queues.ts';
import { common } from './options.ts';

interface BuildOptions {
  readonly native: NativeConnection;
  readonly namespace: string;
  readonly host: HostSettings;
  readonly registry: RegistrySettings;
  readonly credentials: SourceCredentials;
  readonly privateSources: PrivateSources;
  readonly logs: LogSink;
}

/** The workers of a host that builds images; none for another one. They never know the database. */
export async function createBuildWorkers({
  native,
  namespace,
  host,
  ...deps
}: BuildOptions): Promise<readonly Worker[]> {
  if (!host.roles.includes('build')) return [];
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
  const podman = createPodmanClient(host.buildPodmanSocket ?? host.podmanSocket);
  const building = { host, podman, ...deps };
  // An engine that is away is reported by the first build; the next start, or cleaning, looks again.
  void removeStaleNetworks(podman).catch(() => undefined);
  return Promise.all([
    // A claim holds nothing, so more may wait than can build.
    listen(BUILDS_QUEUE, createClaimActivities(building), host.buildSlots),
    listen(buildQueue(host.name), createBuildActivities(building), host.buildSlots * 2),
  ]);
}
