/** Podman hosts, each of which runs the same containers; switched one after the other. */
import { z } from 'zod';
import { own } from '../../core/keys.ts';
import { hostQueue } from '../../core/queues.ts';
import { name, port } from '../yaml-fields.ts';
import { targetKind } from './kind.ts';

const STRATEGIES = ['recreate', 'blue-green'] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** The settings of a service for each host. */
const settings = z.object({
  kind: z.literal('podman'),
  strategy: z.enum(STRATEGIES),
  /** The port on which each host answers for the service. */
  publishPort: port,
});
export type PodmanSettings = z.infer<typeof settings>;

export const podman = targetKind({
  noun: 'host',
  fields: z.strictObject({
    hosts: z.array(name).min(1).max(50).describe('Switched in this order.'),
    strategy: z.enum(STRATEGIES).default('blue-green'),
    publish: z.record(name, port).describe('Service → the port on which each host answers for it.'),
  }),
  settings,
  read: ({ hosts, strategy, publish }) => ({
    services: Object.keys(publish).map((service) => ({ service, at: ['publish', service] })),
    servicesAt: ['publish'],
    places: hosts.map((host, index) => ({ name: host, queue: hostQueue(host), at: ['hosts', index] })),
    addresses: Object.entries(publish).map(([service, number]) => ({
      service,
      port: number,
      at: ['publish', service],
    })),
    keepsWarm: strategy === 'blue-green',
    kindSettings(service) {
      const publishPort = own(publish, service);
      return publishPort === undefined
        ? undefined
        : ({ kind: 'podman', strategy, publishPort } satisfies PodmanSettings);
    },
  }),
  renamed: (written, keptOf) => ({
    ...written,
    publish: Object.fromEntries(Object.entries(written.publish).map(([service, at]) => [keptOf(service), at])),
  }),
});
