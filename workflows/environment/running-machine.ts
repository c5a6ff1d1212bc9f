import type { State, Step } from './machine/state.ts';

/** The state, and the only way to change it. A step is made of the state as it is then, so that none overwrites another. */
export interface Machine {
  readonly state: () => State;
  /** Resolves when the step's effects are carried out. */
  readonly take: (step: (state: State) => Step) => Promise<void>;
}
