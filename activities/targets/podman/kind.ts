import { hostQueue } from '../../../contracts/core/queues.ts';
import { createPodmanClient } from '../../podman/client.ts';
import type { ServedKind } from '../kind.port.ts';
import { createPodmanCertificates } from './certificates/certificates.ts';
import { createProxy } from './proxy/proxy.ts';
import { createPodmanReplicas, createPodmanTarget } from './target.ts';

/** Each host that runs services is a place, served on its own queue. */
export const servedPodman: ServedKind = {
  serve: ({ hosts, registry, logs, variables, certificates, onProblem }) =>
    Promise.all(
      hosts
        .filter(({ roles }) => roles.includes('run'))
        .map(async (host) => {
          const { name, podmanSocket } = host;
          const proxy = host.proxy && createProxy(host.proxy);
          // A proxy that cannot be given today's limits serves by the former ones until its next reload.
          await proxy?.refresh().catch((error: unknown) => onProblem(name, error));
          const deps = { host, podman: createPodmanClient(podmanSocket), proxy, logs, variables, registry };
          const activities = {
            ...createPodmanTarget(deps),
            ...createPodmanReplicas(deps),
            ...createPodmanCertificates({ host, proxy, certificates }),
          };
          return { name, queue: hostQueue(name), activities };
        }),
    ),
};
