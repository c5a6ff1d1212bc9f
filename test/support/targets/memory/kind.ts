/** A kind of target that is made of nothing: cells in memory, switched one after the other. Its part of landfall.yaml. */
import { z } from 'zod';
import { targetKind } from '../../../../contracts/config/targets/kind.ts';
import { name } from '../../../../contracts/config/yaml-fields.ts';
import { own } from '../../../../contracts/core/keys.ts';

const settings = z.object({ kind: z.literal('memory'), path: z.string() });
export type MemorySettings = z.infer<typeof settings>;

export const memory = targetKind({
  noun: 'cell',
  fields: z.strictObject({
    cells: z.array(name).min(1),
    at: z.record(name, z.string().startsWith('/')).describe('Service → the path at which each cell answers for it.'),
  }),
  settings,
  read: ({ cells, at }) => ({
    services: Object.keys(at).map((service) => ({ service, at: ['at', service] })),
    servicesAt: ['at'],
    places: cells.map((cell, index) => ({ name: cell, queue: cellQueue(cell), at: ['cells', index] })),
    // No port: two services may have one path.
    addresses: [],
    routes: [],
    keepsWarm: true,
    switchMs: 1_000,
    kindSettings(service) {
      const path = own(at, service);
      return path === undefined ? undefined : ({ kind: 'memory', path } satisfies MemorySettings);
    },
  }),
  renamed: (written, keptOf) => ({
    ...written,
    at: Object.fromEntries(Object.entries(written.at).map(([service, path]) => [keptOf(service), path])),
  }),
});

export const cellQueue = (cell: string): string => `cell/${cell}`;
