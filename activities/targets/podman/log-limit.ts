import type { HostSettings } from '../../../contracts/config/host.ts';
import { parseSize } from '../../../contracts/core/duration.ts';
import type { ContainerSpec } from '../../podman/containers.ts';

/** One container's, unless the host says otherwise. Without a limit a service that prints a lot fills the disk. */
const MAX_BYTES = 10_000_000;

/** The engine's settings for the log of a container on this host. */
export function logLimit({ logs }: Pick<HostSettings, 'logs'>): Required<Pick<ContainerSpec, 'log_configuration'>> {
  if (logs?.driver === 'journald') return { log_configuration: { driver: 'journald' } };
  const size = (logs && parseSize(logs.maxSize)) ?? MAX_BYTES;
  return { log_configuration: { driver: 'k8s-file', size } };
}
