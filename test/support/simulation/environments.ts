/** The environments' own reports to callers from outside. */
import type { PeopleActivities } from '../../../activities/people/people.port.ts';
import type { EnvironmentState } from '../../../contracts/deployment/deployment.ts';
import { environmentId } from '../../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../../contracts/core/keys.ts';

export interface SimulatedEnvironments {
  readonly activities: Pick<PeopleActivities, 'stateOf'>;
  /** From now on; before, the environment had no contact. */
  set(key: EnvironmentKey, state: Partial<EnvironmentState>): void;
}

const QUIET: EnvironmentState = { generation: 1, live: null, previous: null, running: null, waiting: [] };

export function createSimulatedEnvironments(): SimulatedEnvironments {
  const states = new Map<string, EnvironmentState>();
  return {
    set: (key, state) => void states.set(environmentId(key), { ...QUIET, ...state }),
    activities: { stateOf: async ({ key }) => states.get(environmentId(key)) ?? null },
  };
}
