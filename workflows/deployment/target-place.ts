import { RetryState } from '@temporalio/common';
import { ActivityFailure, isCancellation, proxyActivities } from '@temporalio/workflow';
import type { ProveActivities } from '../../activities/targets/prove.port.ts';
import type { HealthSettings, PlaceRef } from '../../contracts/config/service.ts';
import type { Repair } from '../../contracts/deployment/deployment.ts';
import type {
  Captured,
  CapturedRun,
  SwitchResult,
  TargetActivities,
  TargetRequest,
} from '../../contracts/deployment/target.ts';
import { mending, onHost, preparation, proof, takeBack, tidying } from '../lib/activity-options.ts';
import { atPlace } from '../lib/lost-worker.ts';
import { healthAttemptMs } from '../../contracts/config/service.ts';
import { TIMEOUTS } from '../lib/timeouts.ts';

/** One place of a target, with each operation under the options that fit it. */
export interface TargetPlace extends PlaceRef {
  prepare(): Promise<void>;
  capture(): Promise<Captured>;
  switchTo(): Promise<SwitchResult>;
  /** The new version serves here. */
  prove(): Promise<void>;
  /** True when the captured version still serves here, after one look. @throws only when it is cancelled */
  stillServes(captured: Captured): Promise<boolean>;
  finalize(captured: Captured): Promise<void>;
  restore(captured: Captured): Promise<void>;
  /** Resolves when the captured version serves here again. */
  proveRestored(captured: Captured): Promise<void>;
}

type Version = Pick<CapturedRun, 'deploymentId' | 'digest'>;

/** Brings back at a place what has to run there, as soon as its worker takes the work. @throws when it does not in time */
export async function mendPlace(
  where: PlaceRef,
  { undo, before, switchMs = 0 }: Required<Pick<Repair, 'undo' | 'before'>> & { readonly switchMs: number | undefined },
): Promise<void> {
  const startToCloseTimeout = mending.startToCloseTimeout + switchMs;
  const options = { ...mending, startToCloseTimeout, taskQueue: where.queue, summary: `mend ${where.name}` };
  const { restore } = proxyActivities<TargetActivities>(options);
  await restore({ request: undo, captured: before });
  await placeAt(where, undo).proveRestored(before);
}

interface Bringing {
  /** The digest of the image that is brought there. */
  readonly digest: string;
  /** As in the target's settings. */
  readonly switchMs: number;
}

/** A place of any kind: the workers on its own queue know how to serve it. */
export function placeAt(
  where: PlaceRef,
  request: TargetRequest,
  { digest, switchMs }: Bringing = { digest: '', switchMs: 0 },
): TargetPlace {
  const { name, queue } = where;
  const proxy = <T>(options: Parameters<typeof proxyActivities>[0], verb: string) =>
    proxyActivities<T>({ ...options, taskQueue: queue, summary: `${verb} ${name}` });
  const there = <T>(step: () => Promise<T>) => atPlace(where, step);

  const prepare = proxy<TargetActivities>(preparation, 'prepare');
  const capture = proxy<TargetActivities>(preparation, 'capture');
  const switching = proxy<TargetActivities>(switchOptions(request, switchMs), 'switch');
  const prove = proxy<ProveActivities>(proof, 'verify');
  const look = proxy<ProveActivities>({ ...proof, retry: { ...proof.retry, maximumAttempts: 1 } }, 'look at');
  const proveRestored = proxy<ProveActivities>(proof, 'verify what was restored on');
  /** One replica at least is stopped, and may be drained before that: what ran before by its own patience. */
  const stopping = ({ running }: Captured) => 2 * Math.max(request.run.stopTimeoutMs, running?.run.stopTimeoutMs ?? 0);
  const tidy = (captured: Captured) => {
    const startToCloseTimeout = tidying.startToCloseTimeout + stopping(captured);
    return proxy<TargetActivities>({ ...tidying, startToCloseTimeout }, 'finalize');
  };
  const restore = (captured: Captured) => {
    // A way back has as many steps as the way there.
    const longer = stopping(captured) + switchMs;
    const startToCloseTimeout = takeBack.startToCloseTimeout + longer;
    const scheduleToCloseTimeout = takeBack.scheduleToCloseTimeout + longer;
    return proxy<TargetActivities>({ ...takeBack, startToCloseTimeout, scheduleToCloseTimeout }, 'restore');
  };
  const expect = (run: Version | null) => ({
    request,
    expected: run && { deploymentId: run.deploymentId, digest: run.digest },
  });

  return {
    name,
    queue,
    prepare: () => there(() => prepare.prepare(request)),
    capture: () => there(() => capture.capture(request)),
    switchTo: () => there(() => switching.switchTo(request)),
    prove: () => there(() => prove.prove(expect({ deploymentId: request.deploymentId, digest }))),
    async stillServes({ running }) {
      // Nothing did before.
      if (!running) return true;
      try {
        await there(() => look.prove(expect(running)));
        return true;
      } catch (error) {
        if (isCancellation(error)) throw error;
        return false;
      }
    },
    finalize: (captured) => there(() => tidy(captured).finalize({ request, captured })),
    restore: (captured) => there(() => restore(captured).restore({ request, captured })),
    proveRestored: (captured) => there(() => proveRestored.prove(expect(captured.running))),
  };
}

/** Health checking is Temporal's retry policy: wait min(2^(n-1) × first wait, longest wait), so many attempts (requirements, E6). */
function switchOptions({ health, run }: Pick<TargetRequest, 'health' | 'run'>, switchMs: number) {
  return {
    ...onHost,
    // One attempt: bringing up, its checks, moving traffic, draining; the minute is the engine's.
    startToCloseTimeout: healthAttemptMs(health) + run.stopTimeoutMs + switchMs + TIMEOUTS.deployment.engineMs,
    retry: {
      ...onHost.retry,
      initialInterval: health.firstWaitMs,
      backoffCoefficient: 2,
      maximumInterval: Math.max(health.maxWaitMs, health.firstWaitMs),
      maximumAttempts: health.attempts,
    },
  } as const;
}

/** The number of health attempts of a failed switch: all of them when that is why it failed, else unknown and 0. */
export function healthAttemptsUsedUp(error: unknown, { attempts }: HealthSettings): number {
  const usedUp =
    error instanceof ActivityFailure &&
    error.activityType === ('switchTo' satisfies keyof TargetActivities) &&
    error.retryState === RetryState.MAXIMUM_ATTEMPTS_REACHED;
  return usedUp ? attempts : 0;
}
