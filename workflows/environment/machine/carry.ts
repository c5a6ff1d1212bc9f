/** State that an environment carries from run to run. */
import type { FailedDeployment, RecoveredDeployment } from '../../../activities/github/github.port.ts';
import type { Telling } from '../../../activities/records/records.port.ts';
import type { EnvironmentKey } from '../../../contracts/core/keys.ts';
import type {
  EndedDeployment,
  LiveDeployment,
  Repair,
  WaitingRequest,
} from '../../../contracts/deployment/deployment.ts';
import type { DestroyedEnvironment } from '../../../contracts/deployment/environment.ts';
import type { Maintenance } from '../../../contracts/deployment/maintenance.ts';
import { blocksAt } from './blocks.ts';
import type { Blocks, Destruction } from './blocks.ts';
import { carriedRepairs } from './repairs.ts';
import { carried } from './short-request.ts';
import type { Pages, State } from './state.ts';

export type IssueTelling =
  | { readonly kind: 'failed'; readonly about: FailedDeployment }
  | { readonly kind: 'landed' | 'recovered'; readonly about: RecoveredDeployment };

/** The failures that issues have to show. */
export interface IssueState {
  /** An issue may be open. */
  readonly failing?: boolean;
  readonly untoldIssues?: readonly IssueTelling[];
  /** The deployment that people know to crash in a loop. */
  readonly crashing?: string;
  /** The reported outage that is not over: its deployment and the time since when. */
  readonly outage?: string;
}

/** Input of an environment. The first run is given the key only. */
export interface EnvironmentInput extends Partial<Blocks>, IssueState {
  readonly key: EnvironmentKey;
  readonly change?: number;
  readonly generation?: number;
  readonly live?: LiveDeployment | null;
  readonly previous?: LiveDeployment | null;
  readonly waiting?: readonly WaitingRequest[];
  readonly ended?: readonly EndedDeployment[];
  readonly repairs?: readonly Repair[];
  readonly maintenance?: Maintenance;
  readonly pages?: Pages;
  readonly destruction?: Destruction | null;
  readonly destroyed?: DestroyedEnvironment | null;
  readonly isOver?: boolean;
  /** Reports that did not reach the store before. */
  readonly untold?: readonly Telling[];
  /** Deployments that wait and that GitHub may not show as queued. */
  readonly unshown?: readonly string[];
}

/**
 * Reports to the store and GitHub that are not through yet. They are no part of the state: nothing is decided by them.
 */
export type Unsaid = Pick<EnvironmentInput, 'untold' | 'unshown'> & IssueState;

/**
 * @param generation - the first one, if the input names none
 * @param recalls - true when it has to read the live version from the store before it decides anything
 */
export function beginAs(
  { key, lock = null, pause = null, hold = null, change = 0, ...input }: EnvironmentInput,
  { generation, recalls }: { readonly generation: number; readonly recalls: boolean },
): State {
  return {
    ...{ key, lock, pause, hold, change, resumed: false },
    generation: input.generation ?? generation,
    live: input.live ?? null,
    previous: input.previous ?? null,
    running: null,
    waiting: input.waiting ?? [],
    ended: input.ended ?? [],
    repairs: input.repairs ?? [],
    maintenance: input.maintenance ?? null,
    pages: input.pages ?? null,
    destruction: input.destruction ?? null,
    destroyed: input.destroyed ?? null,
    isOver: input.isOver ?? false,
    early: recalls ? [] : null,
    withdrawn: [],
  };
}

/** The next run's share of each part of the state. A part that is forgotten here does not compile. */
const CARRIED = {
  key: ({ key }) => ({ key }),
  generation: ({ generation }) => ({ generation }),
  live: ({ live }) => ({ live }),
  previous: ({ previous }) => ({ previous }),
  lock: (state, now) => ({ lock: blocksAt(state, now).lock }),
  pause: ({ pause }) => ({ pause }),
  hold: ({ hold }) => ({ hold }),
  change: ({ change }) => ({ change }),
  waiting: ({ waiting }) => ({ waiting: carried(waiting) }),
  ended: ({ ended }) => ({ ended }),
  repairs: ({ repairs }) => ({ repairs: carriedRepairs(repairs) }),
  maintenance: ({ maintenance }) => (maintenance ? { maintenance } : {}),
  pages: ({ pages }) => (pages ? { pages } : {}),
  destruction: ({ destruction }) => (destruction ? { destruction } : {}),
  destroyed: (state) => (state.destroyed ? { destroyed: state.destroyed } : {}),
  isOver: (state) => (state.isOver ? { isOver: true } : {}),
  // A run ends between two deployments, and when it knows what is live.
  running: () => ({}),
  early: () => ({}),
  withdrawn: () => ({}),
  resumed: () => ({}),
} as const satisfies { readonly [K in keyof State]: (state: State, now: number) => Partial<EnvironmentInput> };

/** Makes the next run's input. @param state - of an environment in which nothing runs */
export function carry(state: State, unsaid: Unsaid, now: number): EnvironmentInput {
  const parts: Partial<EnvironmentInput>[] = Object.values(CARRIED).map((part) => part(state, now));
  return parts.reduce<EnvironmentInput>((all, part) => ({ ...all, ...part }), { key: state.key, ...unsaid });
}
