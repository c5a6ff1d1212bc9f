import type { ServedKind } from '../../../../activities/targets/kind.port.ts';
import { environmentId } from '../../../../contracts/core/ids.ts';
import type { Cell, MemoryRegistry } from './cell.ts';
import { cellQueue } from './kind.ts';
import { createMemoryTarget } from './target.ts';

/** The kind as a process serves it that has these cells. */
export const servedMemory = (cells: readonly Cell[], registry: MemoryRegistry): ServedKind => ({
  serve: async () =>
    cells.map((cell) => ({
      name: cell.name,
      queue: cellQueue(cell.name),
      activities: {
        ...createMemoryTarget({ cell, registry }),
        lookAtReplicas: async (watched) =>
          watched
            .filter(({ key, deploymentId }) =>
              [...cell.slot(environmentId(key)).replicas.values()].some(({ run }) => run.deploymentId === deploymentId),
            )
            .map(({ deploymentId }) => ({ deploymentId, restarts: 0 })),
      },
    })),
});
