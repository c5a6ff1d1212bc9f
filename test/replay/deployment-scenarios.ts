/** Every end of a deployment, and what people do with one that runs, as histories. */
import { FailureType } from '../../contracts/core/failures.ts';
import { environmentState } from '../../workflows/messages/environment.messages.ts';
import {
  decideStep,
  deploymentProgress,
  pauseDeployment,
  resumeDeployment,
} from '../../workflows/messages/deployment.messages.ts';
import type { deployment as deploymentWorkflow } from '../../workflows/deployment/deployment.workflow.ts';
import type { environment as environmentWorkflow } from '../../workflows/environment/environment.workflow.ts';
import { cancelRelease } from '../../workflows/messages/release.messages.ts';
import { eventually } from '../support/eventually.ts';
import { fails, hangs } from '../support/simulation/faults.ts';
import { journey, start } from './journey.ts';
import type { Scenario } from './journey.ts';

export const DEPLOYMENT_SCENARIOS: readonly Scenario[] = [
  async function cannotBePrepared(world) {
    const way = journey('unprepared');
    const act = fails(FailureType.ImageNotFound, 'the registry has no such image');
    world.faults.add({ place: 'host-b', activity: 'prepare', only: way.only, act });
    await (await start(world, way)).result();
    return { 'deployment-failed': way.deployment };
  },

  async function runsAReleaseCommand(world) {
    const way = journey('migrated');
    const { run } = way.input.settings;
    const settings = { ...way.input.settings, run: { ...run, release: { command: ['migrate'], timeoutMs: 600_000 } } };
    await (await start(world, { ...way, input: { ...way.input, settings } })).result();
    return { 'deployment-release-command': way.deployment };
  },

  async function isUnhealthyOnTheSecondHost(world) {
    const way = journey('rolled-back');
    world.faults.add({
      place: 'host-b',
      activity: 'switchTo',
      only: way.only,
      act: fails(FailureType.PortTaken, 'taken'),
    });
    await (await start(world, way)).result();
    return { 'deployment-rolled-back': way.deployment };
  },

  async function cannotBeRestored(world) {
    const way = journey('not-restored');
    world.faults.add({
      place: 'host-b',
      activity: 'switchTo',
      only: way.only,
      act: fails(FailureType.PortTaken, 'taken'),
    });
    world.faults.add({
      place: 'host-a',
      activity: 'restore',
      only: way.only,
      act: fails(FailureType.ImageNotFound, 'gone'),
    });
    await (await start(world, way)).result();
    return { 'deployment-rollback-failed': way.deployment };
  },

  async function cancelledWhileSwitching(world) {
    const way = journey('cancelled-switch');
    world.faults.add({ place: 'host-b', activity: 'switchTo', only: way.only, act: hangs });
    const handle = await start(world, way);
    await eventually('the switch', () => world.faults.callsOf('switchTo', 'host-b').some(way.only) || undefined);
    await handle.executeUpdate(cancelRelease, {
      args: [{ by: { kind: 'github', name: 'octocat' }, reason: 'wrong branch' }],
    });
    await handle.result();
    return { 'deployment-cancelled': way.deployment, 'release-cancelled-while-deploying': way.release };
  },

  async function isPaused(world) {
    const way = journey('paused');
    const held = Promise.withResolvers<undefined>();
    world.faults.add({ place: 'host-a', activity: 'switchTo', only: way.only, act: () => held.promise });
    const handle = await start(world, way);
    await eventually('the switch', () => world.faults.callsOf('switchTo', 'host-a').some(way.only) || undefined);
    const deployment = world.client.workflow.getHandle<typeof deploymentWorkflow>(way.deployment);
    const by = { kind: 'github', name: 'ann' } as const;
    await deployment.executeUpdate(pauseDeployment, { args: [{ by, reason: 'an incident' }] });
    held.resolve(undefined);
    const environment = world.client.workflow.getHandle<typeof environmentWorkflow>(way.environment);
    await eventually('the queue to be told', async () => (await environment.query(environmentState)).halted);
    await deployment.executeUpdate(resumeDeployment, { args: [{ by }] });
    await handle.result();
    return { 'deployment-paused': way.deployment, 'environment-halted': way.environment };
  },

  async function hasItsStepsDecided(world) {
    const way = journey('decided');
    const { run } = way.input.settings;
    const settings = { ...way.input.settings, run: { ...run, release: { command: ['migrate'], timeoutMs: 600_000 } } };
    const environments = way.input.environments.map((one) => ({ ...one, onFailure: { waitMs: 600_000 } }));
    const act = fails(FailureType.ReleaseCommandFailed, 'exited with code 3');
    const mend = world.faults.add({ activity: 'runOnce', only: way.only, act });
    const port = world.faults.add({
      place: 'host-b',
      activity: 'switchTo',
      only: way.only,
      act: fails(FailureType.PortTaken, 'taken'),
    });
    const handle = await start(world, { ...way, input: { ...way.input, settings, environments } });
    const deployment = world.client.workflow.getHandle<typeof deploymentWorkflow>(way.deployment);
    const decide = async (step: 'release' | 'switch', decision: 'retry' | 'skip', before?: () => void) => {
      await eventually(`${step} to wait`, async () => {
        const { failed = [] } = await deployment.query(deploymentProgress);
        return failed.some((one) => one.step === step);
      });
      before?.();
      const by = { kind: 'github', name: 'ann' } as const;
      await deployment.executeUpdate(decideStep, { args: [{ step, decision, by, reason: 'as recorded' }] });
    };
    await decide('release', 'retry');
    await decide('release', 'skip', mend);
    await decide('switch', 'retry', port);
    await handle.result();
    return { 'deployment-decided': way.deployment };
  },
];
