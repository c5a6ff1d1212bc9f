/**
 * The real environment beside its specification: both get the same commands, one after the other, and after each of
 * them the real one, its host and the store must be where the specification says they are.
 */
import { isDeepStrictEqual } from 'node:util';
import { expect } from '@jest/globals';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import type { Actor } from '../../../contracts/core/actor.ts';
import type { DeploymentRequest } from '../../../contracts/deployment/deployment.ts';
import type { QueueMode } from '../../../contracts/config/queue-mode.ts';
import { environmentId } from '../../../contracts/core/ids.ts';
import { isDeploymentOutcome } from '../../../contracts/deployment/states.ts';
import {
  cancelDeployment,
  environmentState,
  lockEnvironment,
  pauseEnvironment,
  resumeEnvironment,
  unlockEnvironment,
} from '../../../workflows/messages/environment.messages.ts';
import type { environment } from '../../../workflows/environment/environment.workflow.ts';
import { eventually } from '../../support/eventually.ts';
import { deploymentRequest } from '../../support/simulation/fixtures.ts';
import { askEnvironment } from '../../support/simulation/scene.ts';
import { Specification } from './environment-specification.ts';
import type { Asked, Command, Failing, Person } from './environment-specification.ts';
import { bundleWithTimeouts } from '../../support/timeouts.ts';
import type { World } from '../world.ts';

const STEP_MS = 20_000;
/** A freeze ends when a second of the story does, a lock so much later: no two things end at once. */
const SECOND_MS = 1_000;
const LOCK_AFTER_MS = 300;
/** No command is sent when time is about to change something: the order of the two would be unknown. */
const APART_MS = 1_000;
/** In events: so few that most stories need several runs. */
export const LONG_HISTORY = 60;

/** The workflows of which {@link Command} `renew` makes a new run begin. */
export const renewingBundle = (): Promise<{ codePath: string }> =>
  bundleWithTimeouts({ environment: { renewalEvents: LONG_HISTORY } });

interface Stage {
  /** With one host, `host-a`. */
  readonly world: World;
  /** The time at which the specification's clock stood at 0. */
  readonly origin: number;
  /** Lets a held deployment go on. `cancelled`: its cancel has been sent already. */
  readonly end: (deploymentId: string, how: Failing | 'live' | 'cancelled') => Promise<void> | void;
}

/** @param service - a name that no other environment of the same world has */
export function asSpecified({ world, origin, end }: Stage, service: string, mode: QueueMode) {
  const specification = new Specification(mode);
  const told: Command[] = [];
  let byTime = 0;
  const key = { project: 'shop', service, environment: 'production' };
  const usual = (number: number) => deploymentRequest({ key, sequence: number, hosts: ['host-a'] });
  const idOf = (number: number) => usual(number).deploymentId;
  const freezeFor = (ms: number) => [
    { kind: 'once' as const, from: 0, to: origin + specification.now + ms, reason: 'a party' },
  ];
  const clock = () => Date.now() - origin;
  const requestOf = ({ sequence, cause, frozenMs, by }: Asked): DeploymentRequest => ({
    ...usual(sequence),
    byName: cause !== 'event',
    ...((cause === 'hand' || cause === 'rollback') && { byHand: true }),
    ...(cause === 'rollback' && { rollbackTo: idOf(0) }),
    actor: actor(by),
    environment: {
      ...{ ...usual(sequence).environment, queue: mode },
      ...(frozenMs > 0 && { freeze: freezeFor(frozenMs) }),
    },
  });
  let handle: WorkflowHandle<typeof environment> | undefined;
  /** The run that is to be followed by a new one, as soon as nothing runs. */
  let old: string | undefined;

  /** @param running - what ran before it */
  async function apply(step: Command, running: Asked | null): Promise<void> {
    if (!running) await renewed();
    if (step.do === 'ask') handle = await askEnvironment(world.client, requestOf(step));
    else if (handle) await say(handle, step, running);
  }

  async function say(
    environmentHandle: NonNullable<typeof handle>,
    step: Exclude<Command, { do: 'ask' }>,
    running: Asked | null,
  ): Promise<void> {
    switch (step.do) {
      case 'finish':
      case 'fail':
        if (running) await end(idOf(running.sequence), step.do === 'fail' ? step.at : 'live');
        break;
      case 'cancel':
        await environmentHandle.signal(cancelDeployment, {
          deploymentId: idOf(step.sequence),
          by: { kind: 'github', name: 'ann' },
          reason: '',
        });
        if (running?.sequence === step.sequence) await end(idOf(step.sequence), 'cancelled');
        break;
      case 'lock':
        await environmentHandle
          .executeUpdate(lockEnvironment, { args: [{ by: actor(step.by), reason: '', forMs: step.forMs }] })
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
      // Only the machine's stories have these.
      case 'halt':
      case 'go-on':
      case 'mend':
      case 'wait':
        break;
    }
  }

  async function renewed(): Promise<void> {
    if (old === undefined) return;
    await eventually('a new run', async () => (await handle?.describe())?.runId !== old);
    old = undefined;
  }

  /** The deployment's place by the store. */
  const placeOf = (number: number): string => {
    const id = idOf(number);
    const last = world.records.deploymentStates(id).at(-1);
    if (!last) return world.records.deployments.has(id) ? 'waits' : 'unknown';
    const began = world.records.deploymentStates(id).find(({ state }) => state === 'preparing');
    if (began && began.at < origin + (specification.began.get(number) ?? 0)) return 'ran too early';
    if (!isDeploymentOutcome(last.state)) return 'runs';
    return last.state + (last.failure ? `: ${last.failure.type}` : '');
  };
  /** The state as seen from outside. */
  const seen = () => {
    const host = world.hosts.get('host-a');
    return {
      places: specification.places.map(([number]) => [number, placeOf(number)]),
      serving: specification.isUnsure ? null : (host?.serving(key) ?? null),
      replicas: specification.isTidy ? (host?.replicas(key) ?? []) : [],
      told: world.records.live(environmentId(key))?.live.deploymentId ?? null,
    };
  };
  const toSee = () => {
    const { places, live, previous, serving, isUnsure, isTidy } = specification;
    const kept = isTidy ? [previous, live] : [];
    return {
      places,
      serving: serving === null || isUnsure ? null : usual(serving).digest,
      replicas: kept.flatMap((number) => (number === null ? [] : idOf(number))),
      told: live === null ? null : idOf(live),
    };
  };
  /** The environment's own report. */
  const said = async () => {
    const state = await handle?.query(environmentState, Date.now());
    return {
      running: state?.running ?? null,
      waiting: state?.waiting.map(({ deploymentId }) => deploymentId) ?? [],
      live: state?.live?.deploymentId ?? null,
      previous: state?.previous?.deploymentId ?? null,
      lock: state?.lock?.owner.name ?? null,
      paused: Boolean(state?.pause),
      hold: state?.hold?.deploymentId ?? null,
      split: !specification.isUnsure && state?.split !== undefined,
    };
  };
  const toSay = () => {
    const { running, waiting, live, previous, lock, paused, hold, split } = specification;
    const named = (number: number | null) => (number === null ? null : idOf(number));
    return {
      running: named(running?.sequence ?? null),
      waiting: waiting.map(({ sequence }) => idOf(sequence)),
      live: named(live),
      previous: named(previous),
      ...{ lock: lock?.owner ?? null, paused, hold: named(hold), split: split !== null },
    };
  };
  const expected = () => ({ ...toSee(), ...toSay() });
  /** It is queried only once all else is as specified: each query is work for it. */
  async function look() {
    const outside = seen();
    return isDeepStrictEqual(outside, toSee()) ? { ...outside, ...(await said()) } : outside;
  }

  /** @throws when the real one comes to be somewhere else than `isThere` waits for */
  async function arrive(isThere: () => Promise<boolean>): Promise<void> {
    const what = `${mode} ${JSON.stringify(told)} to be as specified`;
    await eventually(what, isThere, STEP_MS).catch(async (error: unknown) => {
      const story = { mode, commands: told };
      expect({ story, ...(await look()) }).toEqual({ story, ...expected() });
      throw error;
    });
  }
  const isAsSpecified = async () => isDeepStrictEqual(await look(), expected());

  async function waitUntil(end: number): Promise<void> {
    const before = specification.began.size;
    await arrive(async () => {
      if (clock() < end) return false;
      specification.pass(clock());
      return isAsSpecified();
    });
    byTime += specification.began.size - before;
  }

  /** Moves the end of a freeze or lock to a second of the story, and so changes the command. */
  function onTheSecond(step: Command): Command {
    const lasts = (ms: number) => Math.ceil((specification.now + ms) / SECOND_MS) * SECOND_MS - specification.now;
    if (step.do === 'ask' && step.frozenMs > 0) return { ...step, frozenMs: lasts(step.frozenMs) };
    if (step.do === 'lock' && step.forMs !== null) return { ...step, forMs: lasts(step.forMs) + LOCK_AFTER_MS };
    return step;
  }

  /**
   * @returns true when its story can go on: not when time has changed something meanwhile, so that the order of the two
   * is unknown. A slow machine ends a story, and fails none.
   * @throws when the real one comes to be somewhere else than the specification
   */
  async function tell(asked: Command): Promise<boolean> {
    // The environment exists from its first request on.
    if (!handle && asked.do !== 'ask') return true;
    for (let end = specification.endsAt; end !== null; end = specification.endsAt) {
      if (end - clock() > (asked.do === 'wait' ? STEP_MS : APART_MS)) break;
      await waitUntil(end);
      if (asked.do === 'wait') break;
    }
    told.push(asked);
    if (asked.do === 'wait') return true;
    specification.pass(clock());
    const step = onTheSecond(asked);
    const { running } = specification;
    specification.apply(step);
    const isLate = () => specification.endsAt !== null && clock() >= specification.endsAt;
    const before = clock();
    await apply(step, running);
    // It holds from when the environment heard of it.
    if (step.do === 'lock' && step.forMs !== null && clock() - before > SECOND_MS - 2 * LOCK_AFTER_MS) return false;
    await arrive(async () => isLate() || isAsSpecified());
    return !isLate();
  }

  return { key, tell, byTime: () => byTime, ends: () => [...specification.ended.values()] };
}

const actor = (name: Person): Actor => ({ kind: 'github', name });

/** Sends signals that concern no deployment. */
export async function grow(handle: WorkflowHandle<typeof environment>): Promise<void> {
  const nobody = { deploymentId: 'none', by: { kind: 'github', name: 'ann' }, reason: '' };
  await Promise.all(Array.from({ length: LONG_HISTORY }, () => handle.signal(cancelDeployment, nobody)));
}

function unlessRefused(error: unknown): void {
  if (!(error instanceof WorkflowUpdateFailedError)) throw error;
}
