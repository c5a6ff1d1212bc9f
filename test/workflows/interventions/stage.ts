/** Two simulated hosts, and what people do with a deployment that runs on them. */
import type { WorkflowHandle } from '@temporalio/client';
import type { Actor } from '../../../contracts/core/actor.ts';
import type { DeploymentRequest } from '../../../contracts/deployment/deployment.ts';
import { failureOf, type FailureType } from '../../../contracts/core/failures.ts';
import type { DeploymentStep, StepDecision } from '../../../contracts/deployment/steps.ts';
import { decideStep, deploymentProgress, pauseDeployment } from '../../../workflows/messages/deployment.messages.ts';
import type { deployment } from '../../../workflows/deployment/deployment.workflow.ts';
import { eventually } from '../../support/eventually.ts';
import { fails, type Call } from '../../support/simulation/faults.ts';
import type { Scene } from '../../support/simulation/scene.ts';
import { startWorld } from '../world.ts';

export type Handle = WorkflowHandle<typeof deployment>;

export const HOSTS = ['host-a', 'host-b'];
export const ann = { kind: 'github', name: 'ann' } as const;
export const bob = { kind: 'github', name: 'bob' } as const;
export const WAIT_MS = 1_800_000;

/** A request whose failed steps wait for a person, and with a release command. */
export const patient = ({ next }: Scene): DeploymentRequest => ({
  ...next,
  environment: { ...next.environment, onFailure: { waitMs: WAIT_MS } },
  settings: { ...next.settings, run: { ...next.settings.run, release: { command: ['migrate'], timeoutMs: 60_000 } } },
});

export const isAbout =
  ({ next }: Scene) =>
  ({ input }: Call): boolean =>
    JSON.stringify(input).includes(`"deploymentId":"${next.deploymentId}"`);

export const waits = (handle: Handle, step: DeploymentStep) =>
  eventually(`${step} to wait for somebody`, async () => {
    const { failed = [] } = await handle.query(deploymentProgress);
    return failed.find((one) => one.step === step);
  });
export const isHeld = (handle: Handle) =>
  eventually('it to be held', async () => {
    const { pause } = await handle.query(deploymentProgress);
    return pause !== undefined && pause.until !== null && pause;
  });
export const pause = (handle: Handle, by: Actor = ann) =>
  handle.executeUpdate(pauseDeployment, { args: [{ by, reason: 'an incident' }] });
export const decide = (handle: Handle, step: DeploymentStep, decision: StepDecision) =>
  handle.executeUpdate(decideStep, { args: [{ step, decision, by: ann, reason: 'mended' }] });
/** The failure that an update was refused with. */
export const refusal = async (update: Promise<unknown>) =>
  update.then(
    () => undefined,
    (error: unknown) => failureOf(error instanceof Error ? error.cause : undefined),
  );

export async function startInterventions() {
  const world = await startWorld({ hosts: HOSTS });
  const serving = ({ key }: Scene) => [...world.hosts.values()].map((host) => host.serving(key));
  const replicas = ({ key }: Scene) => [...world.hosts.values()].map((host) => host.replicas(key));
  const audit = ({ next }: Scene) =>
    world.records.audit
      .filter(({ subject, action }) => subject === next.deploymentId && action.startsWith('deployment.'))
      .map(({ actor, action, detail }) => [actor, action.replace('deployment.', ''), detail]);
  const steps = ({ next }: Scene, step: DeploymentStep) =>
    world.records.steps
      .filter((one) => one.deploymentId === next.deploymentId && one.step === step)
      .map(({ state }) => state);

  /** Holds one call at one place until its release. */
  function hold(scene: Scene, activity: string, place = 'host-a') {
    const arrived = Promise.withResolvers<undefined>();
    const goOn = Promise.withResolvers<undefined>();
    const stop = world.faults.add({
      ...{ activity, place, only: isAbout(scene) },
      act: async () => {
        stop();
        arrived.resolve(undefined);
        await goOn.promise;
      },
    });
    return { arrived: arrived.promise, goOn: () => goOn.resolve(undefined) };
  }

  /** Makes an activity fail until it is mended. */
  const breaks = (scene: Scene, activity: string, type: FailureType, place = 'host-a') =>
    world.faults.add({ ...{ activity, place, only: isAbout(scene) }, act: fails(type, `${place}: ${type}.`) });

  return { world, serving, replicas, audit, steps, hold, breaks };
}
