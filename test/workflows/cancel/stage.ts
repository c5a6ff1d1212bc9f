/** One release of one service on its way to one environment, and what it takes to have it stand still somewhere. */
import type { FailureType } from '../../../contracts/core/failures.ts';
import {
  deploymentId,
  deploymentWorkflowId,
  environmentWorkflowId,
  releaseWorkflowId,
} from '../../../contracts/core/ids.ts';
import { CONTROL_QUEUE } from '../../../contracts/core/queues.ts';
import type { ReleaseInput } from '../../../contracts/deployment/release.ts';
import type { deployment } from '../../../workflows/deployment/deployment.workflow.ts';
import type { environment } from '../../../workflows/environment/environment.workflow.ts';
import type { release } from '../../../workflows/release/release.workflow.ts';
import { fails, hangs } from '../../support/simulation/faults.ts';
import type { Call } from '../../support/simulation/faults.ts';
import { digestOf } from '../../support/simulation/fixtures.ts';
import type { World } from '../world.ts';

export const HOSTS = ['host-a', 'host-b'];
export const ANN = { kind: 'github', name: 'ann' } as const;

/** Numbers of the releases of each case. */
export const [BEFORE, AHEAD, SUBJECT, NEXT] = [1, 2, 3, 4] as const;

/** The moments of a call at which the cancel comes. */
export const MOMENTS = ['before', 'after', 'as it ends'] as const;
type Moment = (typeof MOMENTS)[number];

export type Way = 'the release' | 'the environment' | `Temporal: ${'release' | 'deployment' | 'build' | 'environment'}`;
/** All of them; or one in turn, for many states of a kind: every way in every one of them would take minutes. */
export type Ways = readonly Way[] | { readonly inTurn: readonly Way[] };

/** A release on its way to one environment. */
export interface Stage {
  readonly world: World;
  readonly service: string;
  readonly subject: ReleaseInput;
  readonly id: (sequence: number) => string;
  readonly isAbout: (call: Call) => boolean;
}

export interface State {
  readonly name: string;
  readonly ways: Ways;
  readonly outcome: 'cancelled' | 'rolled_back' | 'live';
  /** Changes the release's input. */
  readonly change?: (input: ReleaseInput) => ReleaseInput;
  /** True when a deployment before it lands meanwhile. */
  readonly hasAhead?: true;
  readonly isBuilding?: true;
  /** The workflow that has to hear of the cancel before everybody goes on, where that makes a difference. */
  readonly noticed?: (stage: Stage) => string;
  /** Prepared before it starts. @returns to be awaited for it to stand there, and what lets everybody go on */
  readonly set: (stage: Stage) => Promise<Standing> | Standing;
}

export interface Standing {
  readonly arrived: () => Promise<unknown>;
  /** Right after the cancel. */
  readonly goOn?: () => unknown;
}

/** Holds the first call of the activity, in this moment of it. */
export function stand({ world, isAbout }: Stage, activity: string, place: string, moment: Moment): Standing {
  const arrived = Promise.withResolvers<undefined>();
  const ended = Promise.withResolvers<undefined>();
  const stop = world.faults.add({
    ...{ activity, place, only: isAbout, at: moment === 'before' ? 'before' : 'after' },
    act: async () => {
      stop();
      arrived.resolve(undefined);
      await (moment === 'as it ends' ? ended.promise : hangs());
    },
  });
  return { arrived: () => arrived.promise, goOn: () => ended.resolve(undefined) };
}

export const breaks = ({ world, isAbout }: Stage, activity: string, place: string, type: FailureType): void =>
  void world.faults.add({ ...{ activity, place, only: isAbout }, act: fails(type, `${place}: ${type}.`) });

/** Nothing has to be built. */
export const withImage = (input: ReleaseInput): ReleaseInput => {
  const digest = digestOf(input.commit);
  return {
    ...input,
    image: { image: `registry.test/shop/${input.key.service}@${digest}`, digest, builder: 'dockerfile' },
  };
};

/** A person wants the version before back. */
export const asRollback = (input: ReleaseInput): ReleaseInput => ({
  ...withImage(input),
  ...{ byName: true, byHand: true, rollbackTo: deploymentId(keyOf(input.key.service), 0), actor: ANN },
});

export const keyOf = (service: string) => ({ project: 'shop', service, environment: 'production' });
export const releaseOf = ({ world, subject: { key, commit, sequence } }: Stage) =>
  world.client.workflow.getHandle<typeof release>(releaseWorkflowId(key, commit, sequence));
export const deploymentOf = ({ world, id }: Stage) =>
  world.client.workflow.getHandle<typeof deployment>(deploymentWorkflowId(id(SUBJECT)));
export const environmentOf = ({ world, service }: Stage) =>
  world.client.workflow.getHandle<typeof environment>(environmentWorkflowId(keyOf(service)));

/** The environment, before anybody asks it for anything. */
export const found = ({ world, service }: Stage) =>
  world.client.workflow.start<typeof environment>('environment', {
    taskQueue: CONTROL_QUEUE,
    workflowId: environmentWorkflowId(keyOf(service)),
    args: [{ key: keyOf(service) }],
  });
