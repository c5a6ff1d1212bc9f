/** A release that is being built, or waits for an approval. */
import { buildWorkflowId } from '../../../contracts/core/ids.ts';
import type { ReleaseInput } from '../../../contracts/deployment/release.ts';
import { releaseProgress } from '../../../workflows/messages/release.messages.ts';
import { eventually } from '../../support/eventually.ts';
import { MOMENTS, releaseOf, stand, withImage } from './stage.ts';
import type { State } from './stage.ts';
import { BEFORE_THE_ENVIRONMENT, WHILE_BUILDING } from './ways.ts';

const STEPS = [
  ['builds', 'claimBuild'],
  ['builder', 'fetchSource'],
  ['builder', 'buildImage'],
  ['builder', 'pushImage'],
] as const;

const withGate = (input: ReleaseInput): ReleaseInput => ({
  ...withImage(input),
  environments: input.environments.map((one) => ({
    ...one,
    approval: {
      ...{ from: { users: ['ann'], teams: [], permission: null }, count: 1, selfReview: false },
      ...{ remindAfterMs: null, escalateAfterMs: null, escalateTo: null, expireAfterMs: 3_600_000 },
    },
  })),
});

export const BUILDING: readonly State[] = [
  ...STEPS.flatMap(([place, activity]) =>
    // Only the host knows a slot whose claim was lost, and frees it by itself (activities/build/claim.ts).
    MOMENTS.filter((moment) => activity !== 'claimBuild' || moment !== 'after').map((moment): State => ({
      ...{ name: `${activity}, ${moment}`, isBuilding: true, outcome: 'cancelled' },
      // An image that is being pushed when the build alone is cancelled counts as built.
      ways: activity === 'pushImage' && moment === 'as it ends' ? ['the release'] : WHILE_BUILDING,
      set: (stage) => stand(stage, activity, place, moment),
      noticed: ({ subject }) => buildWorkflowId(subject.releaseId),
    })),
  ),
  {
    ...{ name: 'waits for approval', ways: BEFORE_THE_ENVIRONMENT, outcome: 'cancelled', change: withGate },
    set: (stage) => ({
      arrived: () =>
        eventually('the gate', async () => (await releaseOf(stage).query(releaseProgress)).state === 'waiting'),
    }),
  },
];
