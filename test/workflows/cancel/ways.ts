/** The ways to cancel a release, depending on how far it is. */
import { buildWorkflowId } from '../../../contracts/core/ids.ts';
import { cancelDeployment } from '../../../workflows/messages/environment.messages.ts';
import { cancelRelease } from '../../../workflows/messages/release.messages.ts';
import { SUBJECT, deploymentOf, environmentOf, releaseOf } from './stage.ts';
import type { Stage, State, Way } from './stage.ts';

export const BEFORE_THE_ENVIRONMENT: readonly Way[] = ['the release', 'Temporal: release'];
export const WHILE_BUILDING = { inTurn: ['the release', 'Temporal: release', 'Temporal: build'] } as const;
export const EVERY_WAY: readonly Way[] = [
  'the release',
  'the environment',
  'Temporal: release',
  'Temporal: deployment',
  'Temporal: environment',
];
export const WHILE_DEPLOYING = { inTurn: EVERY_WAY } as const;

/** Every state with every way that it is to be cancelled in. */
export function casesOf(states: readonly State[]): readonly { readonly state: State; readonly way: Way }[] {
  const turns = new Map<readonly Way[], number>();
  return states.flatMap((state) => {
    if (!('inTurn' in state.ways)) return state.ways.map((way) => ({ state, way }));
    const { inTurn } = state.ways;
    const turn = turns.get(inTurn) ?? 0;
    turns.set(inTurn, turn + 1);
    return inTurn.slice(turn % inTurn.length, (turn % inTurn.length) + 1).map((way) => ({ state, way }));
  });
}

export async function cancel(way: Way, stage: Stage): Promise<void> {
  const { world, subject, id } = stage;
  switch (way) {
    case 'the release':
      await releaseOf(stage).executeUpdate(cancelRelease, {
        args: [{ by: { kind: 'github', name: 'ann' }, reason: 'wrong day' }],
      });
      break;
    case 'the environment':
      await environmentOf(stage).signal(cancelDeployment, {
        deploymentId: id(SUBJECT),
        by: { kind: 'github', name: 'ann' },
        reason: 'wrong day',
      });
      break;
    case 'Temporal: release':
      await releaseOf(stage).cancel();
      break;
    case 'Temporal: deployment':
      await deploymentOf(stage).cancel();
      break;
    case 'Temporal: build':
      await world.client.workflow.getHandle(buildWorkflowId(subject.releaseId)).cancel();
      break;
    case 'Temporal: environment':
      await environmentOf(stage).cancel();
      break;
  }
}
