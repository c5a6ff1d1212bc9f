/** Faults: what happens right before or after any activity of the simulation, chosen by the test. */
import { Context } from '@temporalio/activity';
import type { FailureType } from '../../../contracts/core/failures.ts';
import { failure } from '../../../contracts/core/failures.ts';

/** One call of one activity. */
export interface Call {
  /** A host, a build host, `builds` or `control`. */
  readonly place: string;
  readonly activity: string;
  /** The first argument, as the activity got it. */
  readonly input: unknown;
  /** 1 for the first call of this activity at this place; calls of other places and activities do not count. */
  readonly number: number;
}

export interface Fault {
  readonly place?: string;
  readonly activity: string;
  /** True for the calls that it affects; every call by default. */
  readonly only?: (call: Call) => boolean;
  /** Instead of succeeding at once. `after`: the work was done, and its result is lost when this throws. */
  readonly at?: 'before' | 'after';
  readonly act: (call: Call) => Promise<void> | void;
}

export interface Faults {
  /** Every call so far, in order. */
  readonly calls: readonly Call[];
  /** Those that have not ended yet. */
  readonly running: ReadonlySet<Call>;
  /** Calls of one activity, at one place or anywhere. */
  callsOf(activity: string, place?: string): readonly Call[];
  /** @returns takes the fault away again */
  add(fault: Fault): () => void;
  /** The same activities, with whatever was added happening around them. */
  around<T extends object>(place: string, activities: T): T;
}

export function createFaults(): Faults {
  const calls: Call[] = [];
  const running = new Set<Call>();
  const faults = new Set<Fault>();

  const happen = async (at: 'before' | 'after', call: Call): Promise<void> => {
    for (const fault of faults) {
      if (fault.activity !== call.activity || (fault.at ?? 'before') !== at) continue;
      if (fault.place !== undefined && fault.place !== call.place) continue;
      if (fault.only?.(call) ?? true) await fault.act(call);
    }
  };

  const callsOf = (activity: string, place?: string): readonly Call[] =>
    calls.filter((call) => call.activity === activity && (place === undefined || call.place === place));

  return {
    calls,
    running,
    callsOf,
    add(fault) {
      faults.add(fault);
      return () => void faults.delete(fault);
    },
    around<T extends object>(place: string, activities: T): T {
      const wrapped = Object.entries(activities).map(([activity, work]: [string, (input: unknown) => unknown]) => [
        activity,
        async (input: unknown) => {
          const call = { place, activity, input, number: callsOf(activity, place).length + 1 };
          calls.push(call);
          running.add(call);
          try {
            await happen('before', call);
            const result = await work(input);
            await happen('after', call);
            return result;
          } finally {
            running.delete(call);
          }
        },
      ]);
      return Object.fromEntries(wrapped) as T;
    },
  };
}

/** Fails with one of our failures. */
export const fails = (type: FailureType, message: string) => (): void => {
  throw failure(type, message);
};

/** Works until it is cancelled, then ends as cancelled. */
export const hangs = async (): Promise<void> => {
  await Context.current().cancelled;
};

/** Holds a deployment at its first step until its release. */
export function holdDeployment(faults: Faults, deploymentId: string) {
  const arrived = Promise.withResolvers<undefined>();
  const goOn = Promise.withResolvers<undefined>();
  faults.add({
    activity: 'prepare',
    only: ({ input }) => JSON.stringify(input).includes(`"${deploymentId}"`),
    act: async () => {
      arrived.resolve(undefined);
      await goOn.promise;
    },
  });
  return { arrived: arrived.promise, goOn: () => goOn.resolve(undefined) };
}
