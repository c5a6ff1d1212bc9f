/**
 * The environment's queue against its specification: whatever people do, in whatever order, the real workflow is where
 * the specification says it is, and so are its host and what the store is told.
 */
import { beforeAll, expect, test } from '@jest/globals';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import fc from 'fast-check';
import type { Actor } from '../../contracts/actor.ts';
import type { DeploymentRequest } from '../../contracts/deployment.ts';
import { QUEUE_MODES } from '../../contracts/environment.ts';
import type { QueueMode } from '../../contracts/environment.ts';
import { FailureType } from '../../contracts/failures.ts';
import { environmentId } from '../../contracts/ids.ts';
import {
  cancelDeployment,
  environmentState,
  lockEnvironment,
  pauseEnvironment,
  resumeEnvironment,
  unlockEnvironment,
} from '../../workflows/environment.messages.ts';
import type { environment } from '../../workflows/environment.workflow.ts';
import { onCleanup } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { fails } from '../support/simulation/faults.ts';
import { deploymentRequest } from '../support/simulation/fixtures.ts';
import { askEnvironment } from '../support/simulation/scene.ts';
import { CAUSES, ENDS, PEOPLE, Specification } from './environment-specification.ts';
import type { Asked, Command, Failing, Person } from './environment-specification.ts';
import { impatientBundle } from './impatient.ts';
import { startWorld } from './world.ts';
import type { World } from './world.ts';

/** Each of some stories, told side by side: they mostly wait. */
const RUNS = 6;
const MOST_COMMANDS = 12;
const STEP_MS = 20_000;
/** In events: so few that most stories are told in several runs. */
const LONG_HISTORY = 60;

interface Story {
  readonly mode: QueueMode;
  readonly commands: readonly Command[];
}

const sequence = fc.integer({ min: 1, max: 6 });
const by = fc.constantFrom(...PEOPLE);
const asked = { sequence, cause: fc.constantFrom('event' as const, ...CAUSES), by };
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 16, arbitrary: fc.record({ do: fc.constant('ask' as const), ...asked, frozen: fc.constant(false) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('ask' as const), ...asked, frozen: fc.constant(true) }) },
  { weight: 11, arbitrary: fc.constant({ do: 'finish' as const }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('fail' as const), at: fc.constantFrom<Failing[]>('prepare', 'switchTo') }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('cancel' as const), sequence }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('lock' as const), by }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('unlock' as const), by, force: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('pause' as const, 'resume' as const) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'renew' as const }) },
);
const story: fc.Arbitrary<Story> = fc.record({
  mode: fc.constantFrom(...QUEUE_MODES),
  commands: fc.array(command, { minLength: 4, maxLength: MOST_COMMANDS }),
});

const ask = (number: number, more: Partial<Asked> = {}): Command => ({
  ...{ do: 'ask', sequence: number, cause: 'event', frozen: false, by: 'ann' },
  ...more,
});
const finish: Command = { do: 'finish' };
const lands = (number: number, more: Partial<Asked> = {}): readonly Command[] => [ask(number, more), finish];

/** Told whatever else is: chance seldom comes this far. */
const WORTH_TELLING: readonly [Story, Story, Story, Story] = [
  // The trouble that a rollback ended does not come back by itself, nor by a new run; then somebody promotes.
  {
    mode: 'fifo',
    commands: [
      ...[...lands(1), ...lands(2), ...lands(3, { cause: 'rollback' }), { do: 'renew' } as const],
      ...[...lands(4), ...lands(5, { cause: 'hand' }), ...lands(6)],
    ],
  },
  // What waits behind a lock goes on once it is opened by force, in whatever run.
  {
    mode: 'supersede',
    commands: [
      ...[...lands(2), { do: 'lock', by: 'ann' } as const, ask(3, { by: 'bob' }), { do: 'renew' } as const],
      ...[ask(1, { by: 'bob' }), ask(4, { by: 'bob' }), { do: 'unlock', by: 'bob', force: true } as const],
      ...[{ do: 'fail', at: 'switchTo' } as const],
    ],
  },
  // A rollback passes a frozen one; one that fails holds nothing, one that lands does until somebody resumes.
  {
    mode: 'fifo',
    commands: [
      ...[...lands(1), ask(2, { frozen: true }), ask(3, { frozen: true, cause: 'rollback' })],
      ...[{ do: 'fail', at: 'prepare' } as const, ...lands(4), ...lands(5, { frozen: true, cause: 'rollback' })],
      ...[ask(6), { do: 'resume' } as const, { do: 'cancel', sequence: 2 } as const],
    ],
  },
  // Nothing is turned away because of a hold: it is told why it must stay out.
  { mode: 'reject', commands: [...lands(2, { cause: 'rollback' }), ask(3), ask(4, { cause: 'hand' }), ask(5), finish] },
];

const actor = (name: Person): Actor => ({ kind: 'github', name });
const FAILS_WITH = { prepare: FailureType.ImageNotFound, switchTo: FailureType.PortTaken } as const satisfies Record<
  Failing,
  string
>;
const A_DAY_MS = 86_400_000;

let world: World;
let isOver = false;
const gates = new Map<string, PromiseWithResolvers<Failing | 'live'>>();
beforeAll(async () => {
  const bundle = impatientBundle({ 'MAX_HISTORY_EVENTS = 4000': `MAX_HISTORY_EVENTS = ${String(LONG_HISTORY)}` });
  world = await startWorld({ hosts: ['host-a'] }, bundle);
  // What begins only when all that waits has gone on must not wait in its turn.
  onCleanup(() => {
    isOver = true;
    letGoOn('');
  });
  // Each deployment waits at its first step until it is told how it ends.
  for (const [activity, type] of Object.entries(FAILS_WITH)) {
    const act = async (input: unknown) => {
      const { deploymentId } = input as DeploymentRequest;
      if (!isOver && (await gateOf(deploymentId).promise) === activity) fails(type, `${activity} fails`)();
    };
    world.faults.add({ activity, act: ({ input }) => act(input) });
  }
});

function gateOf(deploymentId: string): PromiseWithResolvers<Failing | 'live'> {
  const gate = gates.get(deploymentId) ?? Promise.withResolvers();
  gates.set(deploymentId, gate);
  return gate;
}

/** What is said to it concerns nobody. */
async function grow(handle: WorkflowHandle<typeof environment>): Promise<void> {
  const nobody = { deploymentId: 'none', by: 'ann', reason: '' };
  await Promise.all(Array.from({ length: LONG_HISTORY }, () => handle.signal(cancelDeployment, nobody)));
}

function unlessRefused(error: unknown): void {
  if (!(error instanceof WorkflowUpdateFailedError)) throw error;
}

/** What still waits would keep the worker from stopping. */
function letGoOn(prefix: string): void {
  for (const [id, gate] of gates) if (id.startsWith(prefix)) gate.resolve('live');
}

let cases = 0;

/** Does to the real environment what the specification is told. */
function real(mode: QueueMode) {
  cases += 1;
  const key = { project: 'shop', service: `model-${String(cases)}`, environment: 'production' };
  const usual = (number: number) => deploymentRequest({ key, sequence: number, hosts: ['host-a'] });
  const idOf = (number: number) => usual(number).deploymentId;
  const freeze = [{ kind: 'once', from: 0, to: Date.now() + A_DAY_MS, reason: 'a party' }] as const;
  const requestOf = ({ sequence: number, cause, frozen, by: whose }: Asked): DeploymentRequest => ({
    ...usual(number),
    byName: cause !== 'event',
    ...((cause === 'hand' || cause === 'rollback') && { byHand: true }),
    ...(cause === 'rollback' && { rollbackTo: idOf(0) }),
    actor: actor(whose),
    environment: { ...usual(number).environment, queue: mode, ...(frozen && { freeze }) },
  });
  let handle: WorkflowHandle<typeof environment> | undefined;
  /** The run that is to be followed by a new one, as soon as nothing runs. */
  let old: string | undefined;

  /** @param running - what ran before it */
  async function apply(step: Command, running: Asked | null): Promise<void> {
    if (!running) await renewed();
    if (step.do === 'ask') handle = await askEnvironment(world.client, requestOf(step));
    else if (handle) await tell(handle, step, running);
  }

  async function tell(
    environmentHandle: NonNullable<typeof handle>,
    step: Exclude<Command, { do: 'ask' }>,
    running: Asked | null,
  ): Promise<void> {
    switch (step.do) {
      case 'finish':
      case 'fail':
        if (running) gateOf(idOf(running.sequence)).resolve(step.do === 'fail' ? step.at : 'live');
        break;
      case 'cancel':
        await environmentHandle.signal(cancelDeployment, { deploymentId: idOf(step.sequence), by: 'ann', reason: '' });
        if (running?.sequence === step.sequence) gateOf(idOf(step.sequence)).resolve('live');
        break;
      case 'lock':
        await environmentHandle
          .executeUpdate(lockEnvironment, { args: [{ by: actor(step.by), reason: '', forMs: null }] })
          .catch(unlessRefused);
        break;
      case 'unlock':
        await environmentHandle
          .executeUpdate(unlockEnvironment, { args: [{ by: actor(step.by), force: step.force }] })
          .catch(unlessRefused);
        break;
      case 'pause':
        await environmentHandle.executeUpdate(pauseEnvironment, { args: [{ by: actor('ann'), reason: '' }] });
        break;
      case 'resume':
        await environmentHandle.executeUpdate(resumeEnvironment, { args: [{ by: actor('ann') }] });
        break;
      case 'renew':
        old = (await environmentHandle.describe()).runId;
        await grow(environmentHandle);
        if (!running) await renewed();
        break;
    }
  }

  async function renewed(): Promise<void> {
    if (old === undefined) return;
    await eventually('a new run', async () => (await handle?.describe())?.runId !== old);
    old = undefined;
  }

  const endOf = (number: number): string | undefined => {
    const last = world.records.deploymentStates(idOf(number)).at(-1);
    return last && last.state + (last.failure ? `: ${last.failure.type}` : '');
  };
  async function look({ ended }: Specification) {
    const state = await handle?.query(environmentState);
    const host = world.hosts.get('host-a');
    return {
      running: state?.running ?? null,
      waiting: state?.waiting.map(({ deploymentId }) => deploymentId) ?? [],
      live: state?.live?.deploymentId ?? null,
      previous: state?.previous?.deploymentId ?? null,
      lock: state?.lock?.owner.name ?? null,
      paused: Boolean(state?.pause),
      hold: state?.hold?.deploymentId ?? null,
      ended: [...ended.keys()].map((number) => [number, endOf(number)]),
      serving: host?.serving(key) ?? null,
      replicas: host?.replicas(key) ?? [],
      told: world.records.live(environmentId(key))?.live.deploymentId ?? null,
    };
  }
  const expected = ({ running, waiting, live, previous, lock, paused, hold, ended }: Specification) => {
    const named = (number: number | null) => (number === null ? null : idOf(number));
    return {
      running: named(running?.sequence ?? null),
      waiting: waiting.map(({ sequence: number }) => idOf(number)),
      live: named(live),
      previous: named(previous),
      ...{ lock, paused, hold: named(hold), ended: [...ended] },
      serving: live === null ? null : usual(live).digest,
      replicas: [previous, live].flatMap((number) => named(number) ?? []),
      told: named(live),
    };
  };

  return { apply, look, expected, close: () => letGoOn(environmentId(key)) };
}

/** @returns how the requests of this story ended */
async function play({ mode, commands }: Story): Promise<readonly string[]> {
  const specification = new Specification(mode);
  const { apply, look, expected, close } = real(mode);
  let exists = false;
  for (const step of commands) {
    exists ||= step.do === 'ask';
    // Nothing was ever asked of it.
    if (!exists) continue;
    const { running } = specification;
    specification.apply(step);
    await apply(step, running);
    const wanted = JSON.stringify(expected(specification));
    await eventually(
      `${mode} ${JSON.stringify(commands)}: ${wanted}`,
      async () => JSON.stringify(await look(specification)) === wanted,
      STEP_MS,
    ).catch(async (error: unknown) => {
      expect({ step, ...(await look(specification)) }).toEqual({ step, ...expected(specification) });
      throw error;
    });
  }
  close();
  return [...specification.ended.values()];
}

test('whatever is asked, finished, failed, cancelled, locked, paused, frozen, rolled back and renewed: who runs, who waits and what is live is as specified [E9][F2]', async () => {
  const ends = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.tuple(story, story, story, story), async (stories) => {
      const all = await Promise.all(stories.map(play));
      for (const end of all.flat()) ends.add(end);
    }),
    { numRuns: RUNS, endOnFailure: true, examples: [[[...WORTH_TELLING]]] },
  );
  // All of it was seen, not only what is frequent.
  expect([...ends].toSorted()).toEqual(ENDS.toSorted());
}, 240_000);
