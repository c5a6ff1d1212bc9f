/** A release whose deployment is being taken back already. */
import { FailureType } from '../../../contracts/failures.ts';
import { noticed } from './deploying.ts';
import { breaks, withImage } from './stage.ts';
import type { Stage, Standing, State } from './stage.ts';
import { WHILE_DEPLOYING } from './ways.ts';

/** Holds every call of the activity: nothing of it may be cut short. */
function hold({ world, isAbout }: Stage, activity: string, place: string, moment: 'before' | 'as it ends'): Standing {
  const arrived = Promise.withResolvers<undefined>();
  const ended = Promise.withResolvers<undefined>();
  world.faults.add({
    ...{ activity, place, only: isAbout, at: moment === 'before' ? 'before' : 'after' },
    act: () => {
      arrived.resolve(undefined);
      return ended.promise;
    },
  });
  return { arrived: () => arrived.promise, goOn: () => ended.resolve(undefined) };
}

export const TAKEN_BACK: readonly State[] = (['host-b', 'host-a'] as const).flatMap((place) =>
  (['before', 'as it ends'] as const).map((moment): State => ({
    ...{ name: `is taken back on ${place}, ${moment}`, ways: WHILE_DEPLOYING },
    ...{ outcome: 'rolled_back', change: withImage, noticed },
    set(stage) {
      breaks(stage, 'switchTo', 'host-b', FailureType.PortTaken);
      return hold(stage, 'restore', place, moment);
    },
  })),
);
