/** Podman hosts, each of which runs the same containers; switched one after the other. */
import { z } from 'zod';
import { own } from '../../core/keys.ts';
import { name, port } from '../yaml-fields.ts';
import { targetKind } from './kind.ts';

export const podman = targetKind({
  schema: z.strictObject({
    hosts: z.array(name).min(1).max(50).describe('Switched in this order.'),
    strategy: z.enum(['recreate', 'blue-green']).default('blue-green'),
    publish: z.record(name, port).describe('Service → the port on which each host answers for it.'),
  }),
  read: ({ hosts, strategy, publish }) => ({
    services: Object.keys(publish).map((service) => ({ service, at: ['publish', service] })),
    servicesAt: ['publish'],
    places: hosts.map((host, index) => ({ name: host, at: ['hosts', index] })),
    addresses: Object.entries(publish).map(([service, number]) => ({
      service,
      port: number,
      at: ['publish', service],
    })),
    keepsWarm: strategy === 'blue-green',
    settings(service) {
      const publishPort = own(publish, service);
      return publishPort === undefined ? undefined : { kind: 'podman', hosts, strategy, publishPort };
    },
  }),
});
