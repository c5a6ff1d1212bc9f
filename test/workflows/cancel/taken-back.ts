/** A release whose deployment is being taken back already. */
import { FailureType } from '../../../contracts/core/failures.ts';
import { cancelDeployment } from '../../../workflows/messages/environment.messages.ts';
import { noticed } from './deploying.ts';
import { SUBJECT, breaks, environmentOf, stand, withImage } from './stage.ts';
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

const MOMENTS = (['restore', 'prove'] as const).flatMap((activity) =>
  (['host-b', 'host-a'] as const).flatMap((place) =>
    (['before', 'as it ends'] as const).map((moment) => ({ activity, place, moment })),
  ),
);
const VERB = { restore: 'is taken back', prove: 'is looked at as taken back' } as const;

export const TAKEN_BACK: readonly State[] = [
  ...MOMENTS.map(({ activity, place, moment }): State => ({
    ...{ name: `${VERB[activity]} on ${place}, ${moment}`, ways: WHILE_DEPLOYING },
    ...{ outcome: 'rolled_back', change: withImage, noticed },
    set(stage) {
      breaks(stage, 'switchTo', 'host-b', FailureType.PortTaken);
      return hold(stage, activity, place, moment);
    },
  })),
  // A second person cancels a cancelled one again.
  ...(['restore', 'prove'] as const).map((activity): State => ({
    ...{ name: `${VERB[activity]} because of a cancel`, ways: ['the release', 'the environment'] },
    ...{ outcome: 'cancelled', change: withImage },
    set(stage) {
      const switched = stand(stage, 'switchTo', 'host-b', 'after');
      const { arrived, ...rest } = hold(stage, activity, 'host-a', 'before');
      return {
        async arrived() {
          await switched.arrived();
          await environmentOf(stage).signal(cancelDeployment, {
            deploymentId: stage.id(SUBJECT),
            by: { kind: 'github', name: 'bob' },
            reason: '',
          });
          await arrived();
        },
        ...rest,
      };
    },
  })),
];
