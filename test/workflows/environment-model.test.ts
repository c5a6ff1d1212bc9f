/**
 * The environment's queue against its specification: whatever people do, in whatever order, the real workflow is where
 * the model says it is.
 */
import { beforeAll, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import fc from 'fast-check';
import type { DeploymentRequest } from '../../contracts/deployment.ts';
import type { QueueMode } from '../../contracts/environment.ts';
import { QUEUE_MODES } from '../../contracts/environment.ts';
import type { Actor } from '../../contracts/actor.ts';
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
import { deploymentRequest } from '../support/simulation/fixtures.ts';
import { askEnvironment } from '../support/simulation/scene.ts';
import { startWorld } from './world.ts';
import type { World } from './world.ts';

const RUNS = 20;
const MOST_COMMANDS = 12;

const PEOPLE = ['ann', 'bob'] as const;
type Person = (typeof PEOPLE)[number];
const actor = (name: Person): Actor => ({ kind: 'github', name });

type Command =
  | { readonly do: 'ask'; readonly sequence: number; readonly byName: boolean; readonly by: Person }
  | { readonly do: 'finish' }
  | { readonly do: 'cancel'; readonly sequence: number }
  | { readonly do: 'lock' | 'unlock'; readonly by: Person }
  | { readonly do: 'pause' | 'resume' };

const sequence = fc.integer({ min: 1, max: 6 });
const by = fc.constantFrom(...PEOPLE);
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('ask' as const), sequence, byName: fc.boolean(), by }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('finish' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), sequence }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('lock' as const, 'unlock' as const), by }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('pause' as const, 'resume' as const) }) },
);

interface Asked {
  readonly sequence: number;
  readonly byName: boolean;
  readonly by: Person;
}

/** The specification. Everything that may happen by itself has happened after each command. */
class Model {
  readonly mode: QueueMode;
  waiting: Asked[] = [];
  running: Asked | null = null;
  live: number | null = null;
  lock: Person | null = null;
  paused = false;
  readonly ended = new Map<number, string>();

  constructor(mode: QueueMode) {
    this.mode = mode;
  }

  apply(step: Command): void {
    switch (step.do) {
      case 'ask':
        this.#ask(step);
        break;
      case 'finish':
        if (this.running) this.#end(this.running, 'live');
        break;
      case 'cancel':
        this.#cancel(step.sequence);
        break;
      case 'lock':
        this.lock ??= step.by;
        break;
      case 'unlock':
        if (this.lock === step.by) this.lock = null;
        break;
      case 'pause':
      case 'resume':
        this.paused = step.do === 'pause';
        break;
    }
    this.#settle();
  }

  #ask(asked: Asked): void {
    const isSame = (one: Asked | null) => one?.sequence === asked.sequence;
    if (this.ended.has(asked.sequence) || isSame(this.running) || this.waiting.some(isSame)) return;
    if (this.mode === 'reject' && (this.running || this.waiting.length > 0 || this.#isBlocked(asked))) {
      this.ended.set(asked.sequence, 'failed');
      return;
    }
    if (this.mode === 'supersede') {
      const older = this.waiting.filter((one) => !one.byName && one.sequence < asked.sequence);
      this.waiting = this.waiting.filter((one) => !older.includes(one));
      for (const one of older) this.ended.set(one.sequence, 'superseded');
    }
    this.waiting.push(asked);
  }

  #cancel(number: number): void {
    if (this.running?.sequence === number) this.#end(this.running, 'cancelled');
    if (!this.waiting.some((one) => one.sequence === number)) return;
    this.waiting = this.waiting.filter((one) => one.sequence !== number);
    this.ended.set(number, 'cancelled');
  }

  #end(asked: Asked, outcome: string): void {
    this.ended.set(asked.sequence, outcome);
    if (outcome === 'live') this.live = asked.sequence;
    this.running = null;
  }

  #settle(): void {
    while (!this.running) {
      const next = this.waiting.find((one) => !this.#isBlocked(one));
      if (!next) return;
      this.waiting = this.waiting.filter((one) => one !== next);
      if (!next.byName && this.live !== null && next.sequence < this.live) {
        this.ended.set(next.sequence, 'superseded');
      } else this.running = next;
    }
  }

  #isBlocked({ by: whose }: Asked): boolean {
    return this.paused || (this.lock !== null && this.lock !== whose);
  }
}

let world: World;
let isOver = false;
const gates = new Map<string, PromiseWithResolvers<undefined>>();
beforeAll(async () => {
  world = await startWorld({ hosts: ['host-a'] });
  // What begins only when all that waits has gone on must not wait in its turn.
  onCleanup(() => {
    isOver = true;
    letAllGoOn();
  });
  // Each deployment waits at its first step until it is told to finish.
  world.faults.add({
    activity: 'prepare',
    act: ({ input }) => (isOver ? undefined : gateOf((input as DeploymentRequest).deploymentId).promise),
  });
});

function gateOf(deploymentId: string): PromiseWithResolvers<undefined> {
  const gate = gates.get(deploymentId) ?? Promise.withResolvers<undefined>();
  gates.set(deploymentId, gate);
  return gate;
}

/** What still waits would keep the worker from stopping. */
function letAllGoOn(): void {
  for (const gate of gates.values()) gate.resolve(undefined);
}

let cases = 0;

/** Does to the real environment what the model did. */
function real(mode: QueueMode) {
  cases += 1;
  const key = { project: 'shop', service: `model-${String(cases)}`, environment: 'production' };
  const requestOf = ({ sequence: number, byName, by: whose }: Asked): DeploymentRequest => {
    const usual = deploymentRequest({ key, sequence: number, hosts: ['host-a'] });
    return { ...usual, byName, actor: actor(whose), environment: { ...usual.environment, queue: mode } };
  };
  const idOf = (number: number) => requestOf({ sequence: number, byName: false, by: 'ann' }).deploymentId;
  let handle: WorkflowHandle<typeof environment> | undefined;

  async function apply(step: Command, running: Asked | null): Promise<void> {
    if (step.do === 'ask') {
      handle = await askEnvironment(world.client, requestOf(step));
      return;
    }
    // Nothing was ever asked of it.
    if (!handle) return;
    switch (step.do) {
      case 'finish':
        if (running) gateOf(idOf(running.sequence)).resolve(undefined);
        break;
      case 'cancel':
        await handle.signal(cancelDeployment, { deploymentId: idOf(step.sequence), by: 'ann', reason: '' });
        if (running?.sequence === step.sequence) gateOf(idOf(step.sequence)).resolve(undefined);
        break;
      case 'lock':
        await handle
          .executeUpdate(lockEnvironment, { args: [{ by: actor(step.by), reason: '', forMs: null }] })
          .catch(() => undefined);
        break;
      case 'unlock':
        await handle
          .executeUpdate(unlockEnvironment, { args: [{ by: actor(step.by), force: false }] })
          .catch(() => undefined);
        break;
      case 'pause':
        await handle.executeUpdate(pauseEnvironment, { args: [{ by: actor('ann'), reason: '' }] });
        break;
      case 'resume':
        await handle.executeUpdate(resumeEnvironment, { args: [{ by: actor('ann') }] });
        break;
    }
  }

  async function look(model: Model) {
    const state = await handle?.query(environmentState);
    const outcomes = [...model.ended.keys()].map((number) => [
      number,
      world.records.deploymentStates(idOf(number)).at(-1)?.state,
    ]);
    return {
      running: state?.running ?? null,
      waiting: state?.waiting.map(({ deploymentId }) => deploymentId) ?? [],
      live: state?.live?.sequence ?? null,
      ended: outcomes,
    };
  }
  const expected = (model: Model) => ({
    running: model.running ? idOf(model.running.sequence) : null,
    waiting: model.waiting.map(({ sequence: number }) => idOf(number)),
    live: model.live,
    ended: [...model.ended],
  });

  return { apply, look, expected };
}

test('whatever is asked, finished, cancelled, locked and paused: who runs, who waits and what is live is as specified [E9][F2]', async () => {
  const steps = fc.array(command, { minLength: 4, maxLength: MOST_COMMANDS });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...QUEUE_MODES), steps, async (mode, commands) => {
      const model = new Model(mode);
      const { apply, look, expected } = real(mode);
      let exists = false;
      for (const step of commands) {
        exists ||= step.do === 'ask';
        if (!exists) continue;
        const { running } = model;
        model.apply(step);
        await apply(step, running);
        const wanted = JSON.stringify(expected(model));
        await eventually(
          `${mode} ${JSON.stringify(commands)}: ${wanted}`,
          async () => JSON.stringify(await look(model)) === wanted,
          10_000,
        ).catch(async (error: unknown) => {
          expect({ step, ...(await look(model)) }).toEqual({ step, ...expected(model) });
          throw error;
        });
      }
      letAllGoOn();
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
}, 240_000);
