/** A worker's process of its own, to be killed: one call, as argv says. */
import { createPodmanClient } from '../../../../activities/podman/client.ts';
import { createPodmanTarget } from '../../../../activities/targets/podman/target.ts';
import type { HostSettings } from '../../../../contracts/config/host.ts';
import type { TargetRequest } from '../../../../contracts/deployment/target.ts';
import { perform } from '../perform.ts';

export interface SwitchProcessInput {
  readonly host: HostSettings;
  readonly registry: string;
  readonly request: TargetRequest;
  readonly verb: 'prepare' | 'switchTo';
}

const { host, registry, request, verb } = JSON.parse(process.argv[2] ?? '') as SwitchProcessInput;
const target = createPodmanTarget({
  host,
  podman: createPodmanClient(host.podmanSocket),
  logs: { append: async () => undefined },
  variables: { valuesOf: async () => null },
  registry: { address: registry, insecure: true },
});
await (verb === 'prepare' ? perform(target.prepare, request) : perform(target.switchTo, request));
