import { condition, setHandler } from '@temporalio/workflow';
import type { Actor } from '../../contracts/core/actor.ts';
import { FailureType, failure } from '../../contracts/core/failures.ts';
import type { EnvironmentState } from '../../contracts/deployment/deployment.ts';
import { TIMEOUTS } from '../lib/timeouts.ts';
import { endMaintenance, startMaintenance } from '../messages/environment.messages.ts';
import type { Machine } from './running-machine.ts';
import { lockedByAnother } from './machine/blocks.ts';
import {
  endMaintenance as end,
  maintain,
  maintenanceRefusal,
  refuseMaintenance,
  whyNoPage,
} from './machine/maintenance.ts';

/**
 * Lets people put a page in front of the environment, and take it away.
 *
 * @param recalled - resolves when it knows what is live; `null`: it does
 * @param answer - makes the answer to a person
 */
export function hearMaintenance(
  { state, take }: Machine,
  recalled: Promise<unknown> | null,
  answer: () => EnvironmentState,
): void {
  const assertMine = (by: Actor) => refuse(FailureType.EnvironmentLocked, lockedByAnother(state(), { by }, Date.now()));

  setHandler(startMaintenance, async (request) => {
    if (recalled) await recalled;
    assertMine(request.by);
    refuse(FailureType.Refused, maintenanceRefusal(state()));
    void take((now) => maintain(now, request, Date.now()));
    await untilHeard();
    const change = state().pages?.change ?? 0;
    const why = whyNoPage(state(), change);
    if (why === null) return answer();
    void take((now) => refuseMaintenance(now, change, why, Date.now()));
    throw failure(FailureType.InvalidConfiguration, why);
  });
  setHandler(endMaintenance, async (request) => {
    if (recalled) await recalled;
    assertMine(request.by);
    void take((now) => end(now, request, Date.now()));
    await untilHeard();
    return answer();
  });

  /** The places have heard of it, or one of them cannot show it; or it goes on without the person who waits. */
  async function untilHeard(): Promise<void> {
    const change = state().pages?.change;
    const isHeard = () => {
      const { pages } = state();
      return pages?.change !== change || pages?.isDue !== true || whyNoPage(state(), pages.change) !== null;
    };
    await condition(isHeard, TIMEOUTS.page.answerMs);
  }
}

/** @throws a failure of the type for a reason */
function refuse(type: FailureType, why: string | null): void {
  if (why !== null) throw failure(type, why);
}
