/**
 * A cancel of a release in every state, by every way to cancel there. Afterwards the version before serves alone (or
 * one that had landed by then), nothing is left over, every report comes once, and the next release lands.
 *
 * The states stand in `cancel/`. `deployment-cancel.test.ts` looks closer at one deployment; this is about everything
 * around it.
 */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import type { EnvironmentState } from '../../contracts/deployment/deployment.ts';
import { deploymentId, releaseWorkflowId } from '../../contracts/core/ids.ts';
import { CONTROL_QUEUE } from '../../contracts/core/queues.ts';
import type { ReleaseInput } from '../../contracts/deployment/release.ts';
import { isDeploymentOutcome } from '../../contracts/deployment/states.ts';
import { environmentState } from '../../workflows/messages/environment.messages.ts';
import type { release } from '../../workflows/release/release.workflow.ts';
import { eventually } from '../support/eventually.ts';
import { holdDeployment } from '../support/simulation/faults.ts';
import type { Call } from '../support/simulation/faults.ts';
import {
  deploymentRequest,
  digestOf,
  environmentSettings,
  releaseInput,
  targetRequest,
} from '../support/simulation/fixtures.ts';
import { askEnvironment } from '../support/simulation/scene.ts';
import { BUILDING } from './cancel/building.ts';
import { DEPLOYING } from './cancel/deploying.ts';
import { AHEAD, BEFORE, HOSTS, NEXT, SUBJECT, environmentOf, keyOf } from './cancel/stage.ts';
import type { Stage } from './cancel/stage.ts';
import { TAKEN_BACK } from './cancel/taken-back.ts';
import { WAITING } from './cancel/waiting.ts';
import { cancel, casesOf } from './cancel/ways.ts';
import { startWorld } from './world.ts';
import type { World } from './world.ts';

/** So many at once keep two cores busy, and none of them waiting for long. */
const AT_ONCE = 8;
const PATIENCE_MS = 300_000;
const SOON_MS = 60_000;

const CASES = casesOf([...BUILDING, ...WAITING, ...DEPLOYING, ...TAKEN_BACK]).map((one, index) => ({
  ...{ ...one, name: one.state.name },
  service: `case-${String(index)}`,
}));

let world: World;

const subjectOf = ({ input }: Call): string => {
  const { build, request, ...it } = input as {
    readonly build?: { buildId: string };
    readonly request?: { deploymentId: string };
    readonly buildId?: string;
    readonly deploymentId?: string;
  };
  return build?.buildId ?? request?.deploymentId ?? it.buildId ?? it.deploymentId ?? '';
};

const start = (input: ReleaseInput) =>
  world.client.workflow.start<typeof release>('release', {
    taskQueue: CONTROL_QUEUE,
    workflowId: releaseWorkflowId(input.key, input.commit, input.sequence),
    args: [input],
  });

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
  const stage: Stage = { world, service, subject, id, isAbout: (call) => about.has(subjectOf(call)) };
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
    // A cancel of the environment is meant for everything that waits there by then.
    const isAllMeant = way === 'Temporal: environment';
    if (!isAllMeant) await askNext();
    await goOn?.();
    const { outcome, stages } = await soon('its end', handle.result());
    if (isAllMeant) await askNext();
    await soon('the next one to begin', held.arrived);

    const hosts = [...world.hosts.values()];
    const { live } = await environmentOf(stage).query(environmentState);
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
      const now = await environmentOf(stage).query(environmentState);
      // It is live before it has tidied up.
      return now.live?.sequence === NEXT && now.running === null && now;
    });
    return { ...seen, ...afterwards(stage, next) };
  } finally {
    await goOn?.();
    held.goOn();
  }
}

/** The final reports, and the state of the queue. */
function afterwards({ id, subject }: Stage, { running, waiting, previous }: EnvironmentState) {
  const { releaseId } = subject;
  return {
    next: { running, waiting, previous: previous?.sequence ?? null },
    told: {
      store: world.records
        .deploymentStates(id(SUBJECT))
        .map((one) => one.state)
        .filter(isDeploymentOutcome),
      build: world.records.buildStates(releaseId).at(-1)?.state,
      gitHub: world.gitHub.states(id(SUBJECT)).filter((one) => FINAL.has(one)),
      deployments: world.gitHub.deployments(id(SUBJECT)).length,
      check: world.gitHub.check(releaseId)?.updates.flatMap(({ conclusion }) => conclusion ?? []),
      results: world.records.releaseResults.get(releaseId)?.outcome,
    },
  };
}

/** Waits until Temporal has delivered the cancel to the workflow. */
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

/** The expected result of the case. */
function expected({ state, service }: (typeof CASES)[number]): Awaited<ReturnType<typeof run>> {
  const serves = { cancelled: state.hasAhead ? AHEAD : BEFORE, rolled_back: BEFORE, live: SUBJECT }[state.outcome];
  const { isBuilding } = state;
  const id = (sequence: number) => deploymentId(keyOf(service), sequence);
  const { commit } = releaseInput({ key: { project: 'shop', service }, sequence: serves, environments: [] });
  const release = { cancelled: 'cancelled', rolled_back: 'failed', live: 'completed' } as const;
  // A live one is superseded by the next one, which is reported as well.
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
  test.each(CASES)(
    'while it stands at $name, by $way: leaves what it should, and the next one lands [B10][F2][E9]',
    (one) => {
      const end = ends.get(one.service);
      expect(end?.status === 'rejected' ? end.reason : undefined).toBeUndefined();
      expect(end).toEqual({ status: 'fulfilled', value: expected(one) });
    },
  );
});
