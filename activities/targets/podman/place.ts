/** One Podman host with everything that its operations use. */
import type { HostSettings } from '../../../contracts/config/host.ts';
import { environmentId } from '../../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../../contracts/core/keys.ts';
import type { CapturedRun } from '../../../contracts/deployment/target.ts';
import type { LogSink } from '../../logs/log-sink.port.ts';
import type { Containers, ContainerSummary, PortBinding } from '../../podman/containers.ts';
import type { Disk } from '../../podman/disk.ts';
import type { Images } from '../../podman/images.ts';
import type { Secrets } from '../../podman/secrets.ts';
import type { Volumes } from '../../podman/volumes.ts';
import type { PodmanClient } from '../../podman/client.ts';
import type { RegistrySettings } from '../../registry/client.ts';
import type { VariableSource } from '../variables.port.ts';
import type { Proxy } from './proxy/proxy.ts';
import { generationOf, isProxied, keyLabel, readRun, type ContainerRun } from './container-spec.ts';

export interface PodmanPlace {
  readonly host: HostSettings;
  readonly podman: PodmanClient;
  readonly containers: Containers;
  readonly images: Images;
  readonly disk: Disk;
  readonly volumes: Volumes;
  readonly secrets: Secrets;
  readonly variables: VariableSource;
  readonly proxy: Proxy | undefined;
  readonly logs: LogSink;
  readonly registry: RegistrySettings;
  readonly minFreeBytes: number;
  readonly now: () => number;
}

/** One container of an environment. */
export interface Instance {
  readonly container: ContainerSummary;
  readonly generation: number;
  /** `undefined` when its labels cannot be read. */
  readonly run: ContainerRun | undefined;
  readonly running: boolean;
  /** Its address on this host; a stopped one keeps its port. */
  readonly binding: PortBinding | undefined;
  /** The proxy, or the port that it publishes itself, sends new requests to it. It may still be down. */
  readonly chosen: boolean;
}

/** The environment's containers, newest generation first, and which of them requests go to. */
export async function instancesOf(
  place: PodmanPlace,
  key: EnvironmentKey,
  signal?: AbortSignal,
): Promise<readonly Instance[]> {
  const [containers, ports = []] = await Promise.all([
    place.containers.list(keyLabel(key), signal),
    place.proxy?.serving(environmentId(key)),
  ]);
  return containers
    .map((container): Instance => {
      const run = readRun(container);
      const binding = container.ports[0];
      const running = container.state === 'running';
      const proxied = binding !== undefined && ports.includes(binding.port);
      return {
        container,
        run,
        running,
        binding,
        // Without readable labels it counts as old.
        generation: generationOf(container) ?? 0,
        chosen: proxied || (running && !(run && isProxied(run))),
      };
    })
    .toSorted((a, b) => b.generation - a.generation);
}

/** The instance of exactly this run. */
export const findInstance = (
  instances: readonly Instance[],
  { deploymentId, generation }: Pick<CapturedRun, 'deploymentId' | 'generation'>,
) => instances.find(({ run }) => run?.deploymentId === deploymentId && run.generation === generation);
