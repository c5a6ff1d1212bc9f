/** Podman hosts, each of which runs the same containers; switched one after the other. */
import { z } from 'zod';
import { own } from '../../core/keys.ts';
import { hostQueue } from '../../core/queues.ts';
import { Route } from '../routes.ts';
import { name, port } from '../yaml-fields.ts';
import { targetKind } from './kind.ts';
import {
  Published,
  PublishedNames,
  addressesOf,
  filledNames,
  portOf,
  routesOf,
  writtenRoutes,
} from './podman-publish.ts';

const STRATEGIES = ['recreate', 'blue-green'] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** The settings of a service for each host. */
const settings = z.object({
  kind: z.literal('podman'),
  strategy: z.enum(STRATEGIES),
  /** The port on which each host answers for the service. */
  publishPort: port.exactOptional(),
  /** Names and paths at which each host answers for it. */
  routes: z.array(Route).min(1).exactOptional(),
});
export type PodmanSettings = z.infer<typeof settings>;

const common = {
  hosts: z.array(name).min(1).max(50).describe('Switched in this order.'),
  strategy: z.enum(STRATEGIES).default('blue-green'),
};

export const podman = targetKind({
  noun: 'host',
  fields: z.strictObject({
    ...common,
    publish: z.record(name, Published).describe('Service → the port on which each host answers for it, or its names.'),
  }),
  settings,
  read: ({ hosts, strategy, publish }) => ({
    services: Object.keys(publish).map((service) => ({ service, at: ['publish', service] })),
    servicesAt: ['publish'],
    places: hosts.map((host, index) => ({ name: host, queue: hostQueue(host), at: ['hosts', index] })),
    addresses: Object.entries(publish).flatMap(([service, published]) => addressesOf(service, published)),
    routes: Object.entries(publish).flatMap(([service, published]) => writtenRoutes(service, published)),
    keepsWarm: strategy === 'blue-green',
    kindSettings(service) {
      const published = own(publish, service);
      if (published === undefined) return undefined;
      const [publishPort, routes] = [portOf(published), routesOf(published)];
      return {
        kind: 'podman',
        strategy,
        ...(publishPort !== undefined && { publishPort }),
        ...(routes.length > 0 && { routes: [...routes] }),
      } satisfies PodmanSettings;
    },
  }),
  renamed: (written, keptOf) => ({
    ...written,
    publish: Object.fromEntries(Object.entries(written.publish).map(([service, at]) => [keptOf(service), at])),
  }),
  preview: {
    fields: z.strictObject({
      ...common,
      publish: z
        .record(name, PublishedNames)
        .refine((all) => Object.keys(all).length > 0, 'name at least one service')
        .describe('Service → its names, each with {number} in it.'),
    }),
    filled: (written, number) => ({
      ...written,
      publish: Object.fromEntries(
        Object.entries(written.publish).map(([service, at]) => [service, filledNames(at, number)]),
      ),
    }),
  },
});
