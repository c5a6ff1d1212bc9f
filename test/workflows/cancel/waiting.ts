/** A release that waits in the environment's line. */
import {
  environmentState,
  lockEnvironment,
  pauseEnvironment,
  resumeEnvironment,
  unlockEnvironment,
} from '../../../workflows/messages/environment.messages.ts';
import { eventually } from '../../support/eventually.ts';
import { holdDeployment } from '../../support/simulation/faults.ts';
import { deploymentRequest } from '../../support/simulation/fixtures.ts';
import { askEnvironment } from '../../support/simulation/scene.ts';
import { AHEAD, ANN, HOSTS, SUBJECT, asRollback, environmentOf, found, keyOf, withImage } from './stage.ts';
import type { Stage, Standing, State } from './stage.ts';

const waitsInLine = (stage: Stage) =>
  eventually('it to wait in line', async () => {
    const { waiting } = await environmentOf(stage).query(environmentState);
    return waiting.some(({ deploymentId: one }) => one === stage.id(SUBJECT));
  });

async function behindAnother(stage: Stage): Promise<Standing> {
  const { world, service, id } = stage;
  const ahead = holdDeployment(world.faults, id(AHEAD));
  await askEnvironment(world.client, deploymentRequest({ key: keyOf(service), sequence: AHEAD, hosts: HOSTS }));
  await ahead.arrived;
  return { arrived: () => waitsInLine(stage), goOn: () => ahead.goOn() };
}

export const WAITING: readonly State[] = [
  {
    ...{ name: 'waits behind another one', ways: ['the release', 'the environment'] },
    ...{ outcome: 'cancelled', change: withImage, hasAhead: true, set: behindAnother },
  },
  {
    ...{ name: 'waits behind another one, as a rollback by hand', ways: ['the release'] },
    ...{ outcome: 'cancelled', change: asRollback, hasAhead: true, set: behindAnother },
  },
  {
    ...{ name: 'waits for a lock', ways: ['the release', 'Temporal: environment'] },
    ...{ outcome: 'cancelled', change: withImage },
    async set(stage) {
      const handle = await found(stage);
      await handle.executeUpdate(lockEnvironment, { args: [{ by: ANN, reason: 'mine', forMs: null }] });
      return {
        arrived: () => waitsInLine(stage),
        goOn: () => handle.executeUpdate(unlockEnvironment, { args: [{ by: ANN, force: false }] }),
      };
    },
  },
  {
    ...{ name: 'waits in a paused environment', ways: ['the environment', 'Temporal: release'] },
    ...{ outcome: 'cancelled', change: withImage },
    async set(stage) {
      const handle = await found(stage);
      await handle.executeUpdate(pauseEnvironment, { args: [{ by: ANN, reason: 'upgrade' }] });
      return {
        arrived: () => waitsInLine(stage),
        goOn: () => handle.executeUpdate(resumeEnvironment, { args: [{ by: ANN }] }),
      };
    },
  },
];
