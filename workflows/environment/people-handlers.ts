import { setHandler } from '@temporalio/workflow';
import type {
  DestroyRequest,
  LockRequest,
  PauseRequest,
  UnlockRequest,
} from '../../contracts/deployment/environment.ts';
import type { EnvironmentState } from '../../contracts/deployment/deployment.ts';
import { FailureType, failure } from '../../contracts/core/failures.ts';
import {
  destroyEnvironment,
  lockEnvironment,
  pauseEnvironment,
  resumeEnvironment,
  unlockEnvironment,
} from '../messages/environment.messages.ts';
import type { Machine } from './running-machine.ts';
import { destroyRefusal, gateRefusal, lockRefusal, unlockRefusal } from './machine/blocks.ts';
import { orderDestruction } from './machine/destruction.ts';
import { lock, pause, resume, unlock } from './machine/people.ts';
import type { State, Step } from './machine/state.ts';

/**
 * Lets people lock, pause, open and destroy an environment.
 *
 * @param recalled - resolves when it knows the earlier gates; `null`: it does
 * @param answer - makes the answer to a person
 */
export function hearPeople(
  { state, take }: Machine,
  recalled: Promise<unknown> | null,
  answer: () => EnvironmentState,
): void {
  const assertLockable = (request: LockRequest) => refuse(lockRefusal(state(), request, Date.now()));
  const assertUnlockable = (request: UnlockRequest) => refuse(unlockRefusal(state(), request, Date.now()));
  const assertDestroyable = (request: DestroyRequest) => refuse(destroyRefusal(state(), request, Date.now()));
  const assertPausable: (request: PauseRequest) => void = () => refuse(gateRefusal(state()));
  const change = (step: (state: State) => Step): EnvironmentState => {
    // The gates are only reported to the store: there is nothing to wait for, and people get their answer before
    // anything begins.
    void take(step);
    return answer();
  };

  setHandler(
    lockEnvironment,
    async (request) => {
      if (recalled) {
        await recalled;
        // A validator cannot wait until it is known whose lock it is.
        assertLockable(request);
      }
      return change((now) => lock(now, request, Date.now()));
    },
    { validator: assertLockable },
  );
  setHandler(
    unlockEnvironment,
    async (request) => {
      if (recalled) {
        await recalled;
        assertUnlockable(request);
      }
      return change((now) => unlock(now, request, Date.now()));
    },
    { validator: assertUnlockable },
  );
  setHandler(
    destroyEnvironment,
    async (request) => {
      if (recalled) {
        await recalled;
        assertDestroyable(request);
      }
      return change((now) => orderDestruction(now, request, Date.now()));
    },
    { validator: assertDestroyable },
  );
  setHandler(
    pauseEnvironment,
    async (request) => {
      if (recalled) await recalled;
      return change((now) => pause(now, request, Date.now()));
    },
    { validator: assertPausable },
  );
  setHandler(resumeEnvironment, async (request) => {
    if (recalled) await recalled;
    return change((now) => resume(now, request, Date.now()));
  });
}

/** @throws `EnvironmentLocked` for a reason */
function refuse(why: string | null): void {
  if (why !== null) throw failure(FailureType.EnvironmentLocked, why);
}
