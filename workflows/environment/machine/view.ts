/** An environment's account of itself. */
import type { EnvironmentState, EnvironmentStanding } from '../../../contracts/deployment/deployment.ts';
import { blockOf, blocksAt } from './blocks.ts';
import { maintenanceAt } from './maintenance.ts';
import { splitOf } from './repairs.ts';
import type { State } from './state.ts';

/** The text that people read while the environment waits for the answer. */
const RECALLING =
  'The environment does not know yet what is live, or who has locked or paused it: the store has not answered. It begins nothing before that.';

export function view(state: State, now: number): EnvironmentState {
  const { generation, live, previous, running, early, destruction, pages } = state;
  const maintenance = maintenanceAt(state.maintenance, now);
  return {
    ...{ generation, live, previous, ...blocksAt(state, now), ...splitOf(state.repairs) },
    ...(maintenance && { maintenance }),
    ...(pages && pages.unpaged.length > 0 && { unpaged: pages.unpaged.map(({ place, why }) => ({ place, why })) }),
    running: running?.request.deploymentId ?? null,
    ...(running?.halted && { halted: running.halted }),
    ...(destruction && {
      destruction: { by: destruction.by, at: destruction.at, places: destruction.places },
    }),
    ...(early && { recalling: RECALLING }),
    waiting: early
      ? early.map(({ deploymentId }, index) => ({ deploymentId, position: index + 1, why: RECALLING }))
      : positions(state, now),
  };
}

function positions(state: State, now: number): EnvironmentState['waiting'] {
  const { running, waiting } = state;
  const id = running?.request.deploymentId;
  const first = running?.halted ? `${running.request.deploymentId}, which is halted: ${running.halted}` : id;
  return waiting.map((request, index) => {
    const ahead = index === 0 ? first : waiting[index - 1]?.deploymentId;
    return {
      deploymentId: request.deploymentId,
      position: index + 1,
      why: blockOf(state, request, now)?.why ?? (ahead ? `behind ${ahead}` : 'about to start'),
    };
  });
}

/** The part that an order has to know when it depends on what is live. */
export function standing({ live, previous, running }: State): EnvironmentStanding {
  const version = running?.version ?? null;
  return { live, previous, underWay: version && version.generation > (live?.generation ?? 0) ? version : null };
}
