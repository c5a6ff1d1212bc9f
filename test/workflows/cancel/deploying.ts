/** A release whose deployment runs: at each of its steps, paused, and while a failed step waits for a person. */
import { FailureType } from '../../../contracts/core/failures.ts';
import { deploymentWorkflowId } from '../../../contracts/core/ids.ts';
import type { ReleaseInput } from '../../../contracts/deployment/release.ts';
import { deploymentProgress, pauseDeployment } from '../../../workflows/messages/deployment.messages.ts';
import { eventually } from '../../support/eventually.ts';
import { fails } from '../../support/simulation/faults.ts';
import { ANN, MOMENTS, SUBJECT, asRollback, deploymentOf, stand, withImage } from './stage.ts';
import type { Stage, State } from './stage.ts';
import { EVERY_WAY, WHILE_DEPLOYING } from './ways.ts';

const STEPS = [
  ['host-a', 'prepare'],
  ['host-b', 'capture'],
  ['host-a', 'runOnce'],
  ['host-a', 'switchTo'],
  ['host-b', 'switchTo'],
  ['host-b', 'prove'],
] as const;
/** The steps at which it may wait for a person. */
const MENDABLE = [
  ['host-a', 'prepare'],
  ['host-a', 'runOnce'],
  ['host-b', 'switchTo'],
  ['host-b', 'prove'],
] as const;

const OF_A_ROLLBACK = [
  ['host-b', 'prepare', 'after'],
  ['host-b', 'switchTo', 'before'],
  ['host-b', 'switchTo', 'as it ends'],
  ['host-a', 'prove', 'as it ends'],
] as const;

const withCommand = (input: ReleaseInput): ReleaseInput => {
  const { settings } = withImage(input);
  const run = { ...settings.run, release: { command: ['migrate'], timeoutMs: 60_000 } };
  return { ...withImage(input), settings: { ...settings, run } };
};
const patient = (input: ReleaseInput): ReleaseInput => ({
  ...withCommand(input),
  environments: input.environments.map((one) => ({ ...one, onFailure: { waitMs: 600_000 } })),
});

export const noticed = ({ id }: Stage): string => deploymentWorkflowId(id(SUBJECT));
const pause = (stage: Stage) =>
  deploymentOf(stage).executeUpdate(pauseDeployment, { args: [{ by: ANN, reason: 'an incident' }] });
const waitsForSomebody = (stage: Stage) =>
  eventually('a step to wait for somebody', async () => (await deploymentOf(stage).query(deploymentProgress)).failed);

export const DEPLOYING: readonly State[] = [
  ...STEPS.flatMap(([place, activity]) =>
    MOMENTS.map((moment): State => ({
      ...{ name: `${activity} on ${place}, ${moment}`, ways: WHILE_DEPLOYING },
      ...{ outcome: 'cancelled', change: withCommand, noticed },
      set: (stage) => stand(stage, activity, place, moment),
    })),
  ),
  {
    ...{ name: 'is paused between two hosts', ways: EVERY_WAY, outcome: 'cancelled', change: withImage },
    set(stage) {
      const { arrived, goOn } = stand(stage, 'switchTo', 'host-a', 'as it ends');
      return {
        async arrived() {
          await arrived();
          await pause(stage);
          await goOn?.();
          await eventually('it to be held', async () => {
            const { pause: held } = await deploymentOf(stage).query(deploymentProgress);
            return held !== undefined && held.until !== null;
          });
        },
      };
    },
  },
  {
    ...{ name: 'is about to be paused: the step before still runs', ways: WHILE_DEPLOYING },
    ...{ outcome: 'cancelled', change: withImage, noticed },
    set(stage) {
      const { arrived, goOn } = stand(stage, 'switchTo', 'host-a', 'as it ends');
      return { arrived: () => arrived().then(() => pause(stage)), ...(goOn && { goOn }) };
    },
  },
  // The hold that it would have left behind keeps the next one out, which no person requested.
  ...OF_A_ROLLBACK.map(([place, activity, moment]): State => ({
    ...{ name: `${activity} on ${place}, ${moment}, of a rollback by hand`, ways: WHILE_DEPLOYING },
    ...{ outcome: 'cancelled', change: asRollback, noticed },
    set: (stage) => stand(stage, activity, place, moment),
  })),
  ...MENDABLE.map(([place, activity]): State => ({
    ...{ name: `waits for somebody because of ${activity} on ${place}`, ways: WHILE_DEPLOYING },
    ...{ outcome: 'cancelled', change: patient },
    set(stage) {
      const stop = stage.world.faults.add({
        ...{ activity, place, only: stage.isAbout },
        act: () => {
          // The look at what ran before, and the proof of it, are no part of this.
          if (activity === 'prove') stop();
          fails(FailureType.EngineRefused, 'the engine refuses')();
        },
      });
      return { arrived: () => waitsForSomebody(stage) };
    },
  })),
  {
    ...{ name: 'tidies up', ways: ['the release', 'the environment', 'Temporal: deployment'] },
    ...{ outcome: 'live', change: withImage },
    set: (stage) => stand(stage, 'finalize', 'host-a', 'as it ends'),
  },
];
