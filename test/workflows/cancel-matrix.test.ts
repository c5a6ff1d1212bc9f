/**
 * A cancel of a release in every state, in every way in which somebody can cancel there. Afterwards what ran before
 * serves alone (or what had landed by then), nothing is left over, everybody is told once, and the next release lands.
 *
 * `deployment-cancel.test.ts` looks closer at one deployment; this is about everything around it.
 */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import type { EnvironmentState } from '../../contracts/deployment.ts';
import { FailureType } from '../../contracts/failures.ts';
import {
  buildWorkflowId,
  deploymentId,
  deploymentWorkflowId,
  environmentWorkflowId,
  releaseWorkflowId,
} from '../../contracts/ids.ts';
import { CONTROL_QUEUE } from '../../contracts/queues.ts';
import type { ReleaseInput } from '../../contracts/release.ts';
import { isDeploymentOutcome } from '../../contracts/states.ts';
import { deploymentProgress, pauseDeployment } from '../../workflows/deployment.messages.ts';
import type { deployment } from '../../workflows/deployment.workflow.ts';
import {
  cancelDeployment,
  environmentState,
  lockEnvironment,
  pauseEnvironment,
  resumeEnvironment,
  unlockEnvironment,
} from '../../workflows/environment.messages.ts';
import type { environment } from '../../workflows/environment.workflow.ts';
import { cancelRelease, releaseProgress } from '../../workflows/release.messages.ts';
import type { release } from '../../workflows/release.workflow.ts';
import { eventually } from '../support/eventually.ts';
import { fails, hangs, holdDeployment } from '../support/simulation/faults.ts';
import type { Call } from '../support/simulation/faults.ts';
import {
  deploymentRequest,
  digestOf,
  environmentSettings,
  releaseInput,
  targetRequest,
} from '../support/simulation/fixtures.ts';
import { askEnvironment } from '../support/simulation/scene.ts';
import { startWorld } from './world.ts';
import type { World } from './world.ts';

const HOSTS = ['host-a', 'host-b'];
const ANN = { kind: 'github', name: 'ann' } as const;
/** So many at once keep two cores busy, and none of them waiting for long. */
const AT_ONCE = 8;
const PATIENCE_MS = 300_000;
const SOON_MS = 60_000;

/** Numbers of the releases of each case. */
const [BEFORE, AHEAD, SUBJECT, NEXT] = [1, 2, 3, 4] as const;

type Way = 'the release' | 'the environment' | `Temporal: ${'release' | 'deployment' | 'build' | 'environment'}`;
const WHILE_BUILDING: readonly Way[] = ['the release', 'Temporal: release', 'Temporal: build'];
const BEFORE_THE_ENVIRONMENT: readonly Way[] = ['the release', 'Temporal: release'];
const WHILE_DEPLOYING: readonly Way[] = ['the release', 'the environment', 'Temporal: release', 'Temporal: deployment', 'Temporal: environment']; // prettier-ignore

/** What stands still in the moment of the cancel. */
const MOMENTS = ['before', 'after', 'as it ends'] as const;
type Moment = (typeof MOMENTS)[number];

/** A release on its way to one environment. */
interface Stage {
  readonly service: string;
  readonly subject: ReleaseInput;
  readonly id: (sequence: number) => string;
  readonly isAbout: (call: Call) => boolean;
}

interface State {
  readonly name: string;
  readonly ways: readonly Way[];
  readonly outcome: 'cancelled' | 'rolled_back' | 'live';
  /** What the release brings with it. */
  readonly change?: (input: ReleaseInput) => ReleaseInput;
  /** Whether a deployment before it lands meanwhile. */
  readonly hasAhead?: true;
  readonly isBuilding?: true;
  /** The workflow that has to hear of the cancel before everybody goes on, where that makes a difference. */
  readonly noticed?: (stage: Stage) => string;
  /** Prepared before it starts. @returns to be awaited for it to stand there, and what lets everybody go on */
  readonly set: (stage: Stage) => Promise<Standing> | Standing;
}

interface Standing {
  readonly arrived: () => Promise<unknown>;
  /** Right after the cancel. */
  readonly goOn?: () => unknown;
}

let world: World;

const subjectOf = ({ input }: Call): string => {
  const { build, request, ...it } = input as { readonly build?: { buildId: string }; readonly request?: { deploymentId: string }; readonly buildId?: string; readonly deploymentId?: string }; // prettier-ignore
  return build?.buildId ?? request?.deploymentId ?? it.buildId ?? it.deploymentId ?? '';
};

/** Holds the first call of the activity, in this moment of it. */
function stand({ isAbout }: Stage, activity: string, place: string, moment: Moment): Standing {
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

const breaks = ({ isAbout }: Stage, activity: string, place: string, type: FailureType): void =>
  void world.faults.add({ ...{ activity, place, only: isAbout }, act: fails(type, `${place}: ${type}.`) });

const withImage = (input: ReleaseInput): ReleaseInput => {
  const digest = digestOf(input.commit);
  return { ...input, image: { image: `registry.test/shop/${input.key.service}@${digest}`, digest, builder: 'dockerfile' } };
}; // prettier-ignore
const withCommand = (input: ReleaseInput): ReleaseInput => {
  const { settings } = withImage(input);
  const run = { ...settings.run, release: { command: ['migrate'], timeoutMs: 60_000 } };
  return { ...withImage(input), settings: { ...settings, run } };
};
const patient = (input: ReleaseInput): ReleaseInput => ({
  ...withCommand(input),
  environments: input.environments.map((one) => ({ ...one, onFailure: { waitMs: 600_000 } })),
});
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

const releaseOf = ({ key, commit, sequence }: ReleaseInput) =>
  world.client.workflow.getHandle<typeof release>(releaseWorkflowId(key, commit, sequence));
const deploymentOf = (id: string) => world.client.workflow.getHandle<typeof deployment>(deploymentWorkflowId(id));
const keyOf = (service: string) => ({ project: 'shop', service, environment: 'production' });
const environmentOf = (service: string) =>
  world.client.workflow.getHandle<typeof environment>(environmentWorkflowId(keyOf(service)));

const start = (input: ReleaseInput) =>
  world.client.workflow.start<typeof release>('release', {
    taskQueue: CONTROL_QUEUE,
    workflowId: releaseWorkflowId(input.key, input.commit, input.sequence),
    args: [input],
  });
const waitsInLine = ({ service, id }: Stage) =>
  eventually('it to wait in line', async () => {
    const { waiting } = await environmentOf(service).query(environmentState);
    return waiting.some(({ deploymentId: one }) => one === id(SUBJECT));
  });
const waitsForSomebody = ({ id }: Stage) =>
  eventually(
    'a step to wait for somebody',
    async () => (await deploymentOf(id(SUBJECT)).query(deploymentProgress)).failed,
  );

async function found(service: string) {
  return world.client.workflow.start<typeof environment>('environment', {
    taskQueue: CONTROL_QUEUE,
    workflowId: environmentWorkflowId(keyOf(service)),
    args: [{ key: keyOf(service) }],
  });
}

/** One way for each of many states, in turn: every one of them in every one would take minutes. */
const inTurn = (ways: readonly Way[]) => {
  let count = 0;
  return (): readonly Way[] => {
    count += 1;
    return ways.slice((count - 1) % ways.length).slice(0, 1);
  };
};
const nextWhileBuilding = inTurn(WHILE_BUILDING);
const nextWhileDeploying = inTurn(WHILE_DEPLOYING);

const BUILD = [['builds', 'claimBuild'], ['builder', 'fetchSource'], ['builder', 'buildImage'], ['builder', 'pushImage']] as const; // prettier-ignore
const DEPLOY = [
  ['host-a', 'prepare'], ['host-b', 'capture'], ['host-a', 'runOnce'], ['host-a', 'switchTo'], ['host-b', 'switchTo'], ['host-b', 'prove'],
] as const; // prettier-ignore

const noticed = ({ id }: Stage): string => deploymentWorkflowId(id(SUBJECT));

const STATES: readonly State[] = [
  ...BUILD.flatMap(([place, activity]) =>
    // A slot whose claim was lost is known to nobody but its host, which frees it by itself (activities/build/claim.ts).
    MOMENTS.filter((moment) => activity !== 'claimBuild' || moment !== 'after').map((moment): State => ({
      ...{ name: `${activity}, ${moment}`, isBuilding: true, outcome: 'cancelled' },
      // What is pushed when somebody cancels the build alone is built.
      ways: activity === 'pushImage' && moment === 'as it ends' ? ['the release'] : nextWhileBuilding(),
      set: (stage) => stand(stage, activity, place, moment),
      noticed: ({ subject }) => buildWorkflowId(subject.releaseId),
    })),
  ),
  {
    ...{ name: 'waits for approval', ways: BEFORE_THE_ENVIRONMENT, outcome: 'cancelled', change: withGate },
    set: ({ subject }) => ({
      arrived: () =>
        eventually('the gate', async () => (await releaseOf(subject).query(releaseProgress)).state === 'waiting'),
    }),
  },
  {
    ...{
      name: 'waits behind another one',
      ways: ['the release', 'the environment'],
      outcome: 'cancelled',
      change: withImage,
      hasAhead: true,
    },
    async set(stage) {
      const ahead = holdDeployment(world.faults, stage.id(AHEAD));
      await askEnvironment(
        world.client,
        deploymentRequest({ key: keyOf(stage.service), sequence: AHEAD, hosts: HOSTS }),
      );
      await ahead.arrived;
      return { arrived: () => waitsInLine(stage), goOn: () => ahead.goOn() };
    },
  },
  {
    ...{
      name: 'waits for a lock',
      ways: ['the release', 'Temporal: environment'],
      outcome: 'cancelled',
      change: withImage,
    },
    async set(stage) {
      const handle = await found(stage.service);
      await handle.executeUpdate(lockEnvironment, { args: [{ by: ANN, reason: 'mine', forMs: null }] });
      return {
        arrived: () => waitsInLine(stage),
        goOn: () => handle.executeUpdate(unlockEnvironment, { args: [{ by: ANN, force: false }] }),
      };
    },
  },
  {
    ...{
      name: 'waits in a paused environment',
      ways: ['the environment', 'Temporal: release'],
      outcome: 'cancelled',
      change: withImage,
    },
    async set(stage) {
      const handle = await found(stage.service);
      await handle.executeUpdate(pauseEnvironment, { args: [{ by: ANN, reason: 'upgrade' }] });
      return {
        arrived: () => waitsInLine(stage),
        goOn: () => handle.executeUpdate(resumeEnvironment, { args: [{ by: ANN }] }),
      };
    },
  },
  ...DEPLOY.flatMap(([place, activity]) =>
    MOMENTS.map((moment): State => ({
      ...{ name: `${activity} on ${place}, ${moment}`, ways: nextWhileDeploying() },
      ...{ outcome: 'cancelled', change: withCommand, noticed },
      set: (stage) => stand(stage, activity, place, moment),
    })),
  ),
  {
    ...{ name: 'is paused between two hosts', ways: WHILE_DEPLOYING, outcome: 'cancelled', change: withImage },
    set(stage) {
      const { arrived, goOn } = stand(stage, 'switchTo', 'host-a', 'as it ends');
      return {
        async arrived() {
          await arrived();
          const handle = deploymentOf(stage.id(SUBJECT));
          await handle.executeUpdate(pauseDeployment, { args: [{ by: ANN, reason: 'an incident' }] });
          await goOn?.();
          await eventually('it to be held', async () => {
            const { pause } = await handle.query(deploymentProgress);
            return pause !== undefined && pause.until !== null;
          });
        },
      };
    },
  },
  ...([['host-a', 'prepare'], ['host-a', 'runOnce'], ['host-b', 'switchTo'], ['host-b', 'prove']] as const).map(([place, activity]): State => ({
    ...{ name: `waits for somebody because of ${activity} on ${place}`, ways: nextWhileDeploying(), outcome: 'cancelled', change: patient },
    set(stage) {
      const stop = world.faults.add({
        ...{ activity, place, only: stage.isAbout },
        act: () => {
          // The look at what ran before, and the proof of it, are no part of this.
          if (activity === 'prove') stop();
          fails(FailureType.EngineRefused, 'the engine refuses')();
        },
      });
      return { arrived: () => waitsForSomebody(stage) };
    },
  })), // prettier-ignore
  ...(['host-b', 'host-a'] as const).flatMap((place) =>
    (['before', 'as it ends'] as const).map((moment): State => ({
      ...{ name: `is taken back on ${place}, ${moment}`, ways: nextWhileDeploying() },
      ...{ outcome: 'rolled_back', change: withImage, noticed },
      set(stage) {
        breaks(stage, 'switchTo', 'host-b', FailureType.PortTaken);
        const arrived = Promise.withResolvers<undefined>();
        const ended = Promise.withResolvers<undefined>();
        world.faults.add({
          ...{ activity: 'restore', place, only: stage.isAbout, at: moment === 'before' ? 'before' : 'after' },
          act: () => {
            arrived.resolve(undefined);
            return ended.promise;
          },
        });
        return { arrived: () => arrived.promise, goOn: () => ended.resolve(undefined) };
      },
    })),
  ),
  {
    ...{
      name: 'tidies up',
      ways: ['the release', 'the environment', 'Temporal: deployment'],
      outcome: 'live',
      change: withImage,
    },
    set: (stage) => stand(stage, 'finalize', 'host-a', 'as it ends'),
  },
];

const CASES = STATES.flatMap((state) => state.ways.map((way) => ({ state, way, name: state.name }))).map(
  (one, index) => ({ ...one, service: `case-${String(index)}` }),
);

async function cancel(way: Way, { subject, service, id }: Stage): Promise<void> {
  switch (way) {
    case 'the release':
      await releaseOf(subject).executeUpdate(cancelRelease, { args: [{ by: 'ann', reason: 'wrong day' }] });
      break;
    case 'the environment':
      await environmentOf(service).signal(cancelDeployment, { deploymentId: id(SUBJECT), by: 'ann', reason: 'wrong day' });
      break;
    case 'Temporal: release':
      await releaseOf(subject).cancel();
      break;
    case 'Temporal: deployment':
      await deploymentOf(id(SUBJECT)).cancel();
      break;
    case 'Temporal: build':
      await world.client.workflow.getHandle(buildWorkflowId(subject.releaseId)).cancel();
      break;
    case 'Temporal: environment':
      await environmentOf(service).cancel();
      break;
  }
} // prettier-ignore

async function run({ state, way, service }: (typeof CASES)[number]) {
  const key = keyOf(service);
  const input = (sequence: number) =>
    releaseInput({
      key: { project: 'shop', service },
      sequence,
      environments: [environmentSettings('production', HOSTS)],
    });
  const id = (sequence: number) => deploymentId(key, sequence);
  const subject = (state.change ?? ((same) => same))(input(SUBJECT));
  const about: ReadonlySet<string> = new Set([id(SUBJECT), subject.releaseId]);
  const stage: Stage = { service, subject, id, isAbout: (call) => about.has(subjectOf(call)) };
  for (const host of world.hosts.values()) {
    host.preset(targetRequest(deploymentRequest({ key, sequence: BEFORE, hosts: HOSTS }), 1));
  }

  const { arrived, goOn } = await state.set(stage);
  const held = holdDeployment(world.faults, id(NEXT));
  const askNext = () => askEnvironment(world.client, deploymentRequest({ key, sequence: NEXT, hosts: HOSTS }));
  try {
    const handle = await start(subject);
    await soon('it to stand there', arrived());
    await cancel(way, stage);
    if (state.noticed) await toNotice(state.noticed(stage));
    // Whoever cancels the environment means all that waits there by then.
    const isAllMeant = way === 'Temporal: environment';
    if (!isAllMeant) await askNext();
    await goOn?.();
    const { outcome, stages } = await soon('its end', handle.result());
    if (isAllMeant) await askNext();
    await soon('the next one to begin', held.arrived);

    const hosts = [...world.hosts.values()];
    const { live } = await environmentOf(service).query(environmentState);
    const seen = {
      release: outcome,
      stage: stages[0]?.state,
      live: live?.sequence ?? null,
      serving: hosts.map((host) => host.serving(key)),
      replicas: hosts.map((host) => host.replicas(key)),
      working: [...world.faults.running].filter(stage.isAbout).map(({ activity, place }) => `${activity} on ${place}`),
      slots: [...(world.builders.get('builder')?.slots ?? [])].filter((one) => one === subject.releaseId),
    };
    held.goOn();
    const next = await eventually('the next one to land', async () => {
      const now = await environmentOf(service).query(environmentState);
      return now.live?.sequence === NEXT && now;
    });
    return { ...seen, ...afterwards(stage, next) };
  } finally {
    await goOn?.();
    held.goOn();
  }
}

/** What everybody was told, and whether the queue has moved on. */
function afterwards({ id, subject }: Stage, { running, waiting, previous }: EnvironmentState) {
  const { releaseId } = subject;
  return {
    next: { running, waiting, previous: previous?.sequence ?? null },
    told: {
      store: world.records.deploymentStates(id(SUBJECT)).map((one) => one.state).filter(isDeploymentOutcome),
      build: world.records.buildStates(releaseId).at(-1)?.state,
      gitHub: world.gitHub.states(id(SUBJECT)).filter((one) => FINAL.has(one)),
      deployments: world.gitHub.deployments(id(SUBJECT)).length,
      check: world.gitHub.check(releaseId)?.updates.flatMap(({ conclusion }) => conclusion ?? []),
      results: world.records.releaseResults.get(releaseId)?.outcome,
    },
  };
} // prettier-ignore

/** Waits until Temporal has told the workflow of the cancel. */
const toNotice = (workflowId: string) =>
  eventually('the cancel to get there', async () => {
    const { events } = await world.client.workflow.getHandle(workflowId).fetchHistory();
    return events?.some(({ workflowExecutionCancelRequestedEventAttributes: asked }) => asked);
  });

/** @throws Error when it takes far longer than it should */
async function soon<T>(what: string, work: Promise<T>): Promise<T> {
  const late = new AbortController();
  const limit = delay(SOON_MS, undefined, { signal: late.signal, ref: false }).then(() => {
    throw new Error(`Waited in vain for ${what}.`);
  });
  limit.catch(() => undefined);
  try {
    return await Promise.race([work, limit]);
  } finally {
    late.abort();
  }
}

const FINAL: ReadonlySet<string> = new Set(['success', 'failure', 'error', 'inactive']);

/** What has to be seen, by what the case is about. */
function expected({ state, service }: (typeof CASES)[number]): Awaited<ReturnType<typeof run>> {
  const serves = { cancelled: state.hasAhead ? AHEAD : BEFORE, rolled_back: BEFORE, live: SUBJECT }[state.outcome];
  const { isBuilding } = state;
  const id = (sequence: number) => deploymentId(keyOf(service), sequence);
  const { commit } = releaseInput({ key: { project: 'shop', service }, sequence: serves, environments: [] });
  const release = { cancelled: 'cancelled', rolled_back: 'failed', live: 'completed' } as const;
  // What is live is superseded by the next one, which is told as well.
  const shown = { cancelled: ['inactive'], rolled_back: ['failure'], live: ['success', 'inactive'] } as const;
  const pushed = state.name === 'pushImage, as it ends';
  return {
    release: release[state.outcome],
    stage: isBuilding ? undefined : state.outcome,
    live: serves === BEFORE ? null : serves,
    serving: HOSTS.map(() => digestOf(commit)),
    replicas: HOSTS.map(() => (serves === BEFORE ? [id(BEFORE)] : [id(BEFORE), id(serves)])),
    working: [],
    slots: [],
    next: { running: null, waiting: [], previous: serves === BEFORE ? null : serves },
    told: {
      store: isBuilding ? [] : [state.outcome],
      build: isBuilding ? (pushed ? 'completed' : 'cancelled') : undefined,
      gitHub: isBuilding ? [] : [...shown[state.outcome]],
      deployments: isBuilding ? 0 : 1,
      check: isBuilding ? [pushed ? 'success' : 'cancelled'] : undefined,
      results: release[state.outcome],
    },
  };
}

const ends = new Map<string, PromiseSettledResult<Awaited<ReturnType<typeof run>>>>();

beforeAll(async () => {
  world = await startWorld({ hosts: HOSTS, builders: ['builder'] });
  const queue = [...CASES];
  const work = async () => {
    for (let one = queue.shift(); one; one = queue.shift()) {
      const [end] = await Promise.allSettled([run(one)]);
      ends.set(one.service, end);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}, PATIENCE_MS);

describe('a release that is cancelled', () => {
  test.each(CASES)('while it stands at $name, by $way: leaves what it should, and the next one lands [B10][F2][E9]', (one) => {
    const end = ends.get(one.service);
    expect(end?.status === 'rejected' ? end.reason : undefined).toBeUndefined();
    expect(end).toEqual({ status: 'fulfilled', value: expected(one) });
  }); // prettier-ignore
});
