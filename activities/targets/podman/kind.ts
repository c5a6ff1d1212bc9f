import { hostQueue } from '../../../contracts/core/queues.ts';
import { createPodmanClient } from '../../podman/client.ts';
import type { ServedKind } from '../kind.port.ts';
import { createProxy } from './proxy/proxy.ts';
import { createPodmanReplicas, createPodmanTarget } from './target.ts';

/** Each host that runs services is a place, served on its own queue. */
export const servedPodman: ServedKind = {
  serve: ({ hosts, registry, logs, variables, onProblem }) =>
    Promise.all(
      hosts
        .filter(({ roles }) => roles.includes('run'))
        .map(async (host) => {
          const { name, proxy, podmanSocket } = host;
          // A proxy that cannot be given today's limits serves by the former ones until its next reload.
          if (proxy)
            await createProxy(proxy)
              .refresh()
              .catch((error: unknown) => onProblem(name, error));
          const deps = { host, podman: createPodmanClient(podmanSocket), logs, variables, registry };
          const activities = { ...createPodmanTarget(deps), ...createPodmanReplicas(deps) };
          return { name, queue: hostQueue(name), activities };
        }),
    ),
};
