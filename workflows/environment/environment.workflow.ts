import {
  CancellationScope,
  allHandlersFinished,
  condition,
  continueAsNew,
  log,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { environmentWorkflowId } from '../../contracts/core/ids.ts';
import type { CancelRequest } from '../../contracts/deployment/release.ts';
import { howManyFit } from '../lib/bounded.ts';
import {
  askStanding,
  cancelDeployment,
  crashLoopFound,
  outageFound,
  outageOver,
  deploymentHalted,
  deploymentLanded,
  destructionHalted,
  environmentState,
  requestDeployment,
} from '../messages/environment.messages.ts';
import { leaveTellings } from '../reporting/defer-report.ts';
import { answerStanding } from './answer.ts';
import { Effects } from './effects.ts';
import type { Machine } from './running-machine.ts';
import { ask, askEarly } from './machine/ask.ts';
import { beginAs, carry } from './machine/carry.ts';
import type { EnvironmentInput } from './machine/carry.ts';
import { destructionWaits, hasNoMore } from './machine/destruction.ts';
import { hears, halted, landed, recalled } from './machine/ended.ts';
import { cancel, cancelAll, withdraw } from './machine/leave.ts';
import { unchanged } from './machine/state.ts';
import { mayBegin, turn, wakesAt } from './machine/turn.ts';
import { standing, view } from './machine/view.ts';
import { hearMaintenance } from './maintenance-handlers.ts';
import { hearPeople } from './people-handlers.ts';
import { recall } from './rehydrate.ts';
import { TIMEOUTS } from '../lib/timeouts.ts';

/** The author of a cancel of the workflow itself, such as in Temporal's UI. */
const BY_TEMPORAL: CancelRequest = {
  by: { kind: 'system', name: 'temporal' },
  reason: 'the environment was cancelled',
};
/** Limit of what a new run is given to tell; the rest is left to reports. */
const MAX_UNTOLD_BYTES = 200_000;

/**
 * One environment of one service: an entity that runs one deployment at a time, in the order of the requests, and
 * never goes backwards. It runs the deployment itself, so a requester that dies holds no lock; what waits is a list.
 * Nothing is decided here: `machine/` says what follows from what, and this workflow carries it out.
 *
 * It ends only when it has been destroyed; one of the same name begins anew with the next request.
 *
 * It cannot be cancelled itself, or it would forget what is live and whom it owes an answer: a cancel is passed on to
 * everything that runs and waits.
 */
export async function environment(input: EnvironmentInput): Promise<void> {
  const { cancelRequested } = CancellationScope.current();
  return CancellationScope.nonCancellable(() => runEnvironment(input, cancelRequested));
}

async function runEnvironment(input: EnvironmentInput, cancelRequested: Promise<never>): Promise<void> {
  const { key } = input;
  // Messages that arrive before the store has answered are heard after that, in their order.
  const answered = input.generation === undefined ? Promise.withResolvers<undefined>() : null;
  // A fence only has to grow. Beginning at the clock lets an environment that lost its history still be the newest.
  const generation = Math.floor(workflowInfo().startTime.getTime() / 1_000);
  let state = beginAs(input, { generation, recalls: answered !== null });
  const machine: Machine = {
    state: () => state,
    async take(step) {
      const { state: next, effects: asked } = step(state);
      state = next;
      for (const effect of asked) {
        const done = effects.perform(effect);
        if (done) await done;
      }
    },
  };
  const { take } = machine;
  const effects = new Effects(input, machine);
  const hearing =
    <A extends readonly unknown[]>(hear: (...told: A) => Promise<void>) =>
    (...told: A): Promise<void> =>
      // A handler's work is not to be cancelled either.
      CancellationScope.nonCancellable(async () => {
        if (answered) await answered.promise;
        await hear(...told);
      });

  // A caller's clock may be behind: the answer is never as of a time before the last event.
  setHandler(environmentState, (now = 0) => view(state, Math.max(now, Date.now())));
  const hearRequest = hearing(take);
  setHandler(requestDeployment, (request) => {
    state = askEarly(state, request);
    return hearRequest((now) => ask(now, request, Date.now()));
  });
  setHandler(cancelDeployment, async (request) => {
    const early = withdraw(state, request, Date.now());
    if (early) return CancellationScope.nonCancellable(() => take(() => early));
    return hearing(take)((now) => {
      log.info('cancel', { ...request });
      return cancel(now, request, Date.now());
    });
  });
  // Temporal does not count this as a handler. A new run must wait for it, or requests stay unanswered.
  let isCancelling = false;
  cancelRequested.catch(async () => {
    isCancelling = true;
    await hearing(take)((now) => cancelAll(now, BY_TEMPORAL, Date.now())).finally(() => (isCancelling = false));
  });
  setHandler(deploymentHalted, ({ deploymentId, why }) => {
    state = halted(state, deploymentId, why);
  });
  setHandler(destructionHalted, ({ generation: of, places }) => {
    if (of === state.generation) state = destructionWaits(state, places);
  });
  setHandler(deploymentLanded, (one) => hearing(take)((now) => landed(now, one, Date.now())));
  setHandler(crashLoopFound, (about) => hearing(take)((now) => hears(now, { kind: 'crash-loop', about })));
  setHandler(outageFound, (about) => hearing(take)((now) => hears(now, { kind: 'outage', about })));
  setHandler(outageOver, (about) => hearing(take)((now) => hears(now, { kind: 'recovery', about })));
  setHandler(
    askStanding,
    hearing(({ asker }: { readonly asker: string }) => answerStanding(asker, key.environment, standing(state))),
  );
  const answer = () => view(state, Date.now());
  hearPeople(machine, answered?.promise ?? null, answer);
  hearMaintenance(machine, answered?.promise ?? null, answer);

  // The one before it may have been ended by force, and nothing must go backwards because of that.
  if (answered) {
    const last = await recall(key);
    state = recalled(state, last);
    answered.resolve(undefined);
  }

  await take((now) => ({ state: now, effects: [{ kind: 'mend' }, { kind: 'turn-pages' }] }));
  while (!isTimeToRenew() && !hasNoMore(state)) {
    if (mayBegin(state, Date.now())) await take((now) => turn(now, Date.now()) ?? unchanged(now));
    else await untilSomethingMayBegin();
  }

  await effects.settle();
  const { untold } = effects.unsaid;
  const carries = untold.slice(0, howManyFit(untold, MAX_UNTOLD_BYTES));
  await leaveTellings(`${environmentWorkflowId(key)}.${workflowInfo().runId}`, untold.slice(carries.length));
  // A message may have arrived and been handled meanwhile.
  await condition(() => allHandlersFinished() && !isCancelling);
  const said = effects.unsaid.untold.filter((one) => !untold.includes(one));
  const unsaid = { ...effects.unsaid, untold: [...carries, ...said] };
  // A message that arrives after this look has the server refuse the end, and is heard first.
  if (hasNoMore(state) && said.length === 0) return;
  await continueAsNew<typeof environment>(carry(state, unsaid, Date.now()));

  async function untilSomethingMayBegin(): Promise<void> {
    const until = wakesAt(state, Date.now());
    const changed = () =>
      isTimeToRenew() || hasNoMore(state) || mayBegin(state, Date.now()) || wakesAt(state, Date.now()) !== until;
    // A timer only where time alone changes something.
    await (until === null ? condition(changed) : condition(changed, Math.max(1, until - Date.now())));
  }
}

function isTimeToRenew(): boolean {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  return continueAsNewSuggested || historyLength > TIMEOUTS.environment.renewalEvents;
}
