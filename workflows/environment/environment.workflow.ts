import {
  CancellationScope,
  allHandlersFinished,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  patched,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Telling } from '../../activities/records/records.port.ts';
import type {
  DeploymentRequest,
  DeploymentResult,
  Disrepair,
  EndedDeployment,
  EnvironmentState,
  LandedDeployment,
  LiveDeployment,
  Repair,
  Standing,
  WaitingRequest,
} from '../../contracts/deployment/deployment.ts';
import { FailureType } from '../../contracts/core/failures.ts';
import { environmentId, environmentWorkflowId } from '../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import { standingTold } from '../messages/admission.messages.ts';
import {
  askStanding,
  cancelDeployment,
  deploymentHalted,
  deploymentLanded,
  environmentState,
  requestDeployment,
} from '../messages/environment.messages.ts';
import { howManyFit } from '../lib/bounded.ts';
import { answer, lost, result, superseded } from './outcomes.ts';
import { landedOf, versionOf } from '../lib/landed.ts';
import { FailureIssues } from './failure-issues.ts';
import type { IssueState } from './failure-issues.ts';
import { handleGates } from './block-handlers.ts';
import { Gates } from './blocks.ts';
import type { KnownGates } from './blocks.ts';
import { GitHubDeployment } from '../reporting/github-deployment.ts';
import { leaveTellings } from '../reporting/defer-report.ts';
import { isBehind } from './queue.ts';
import { lockOwner } from './lock-owner.ts';
import { numberTaken, otherCommit } from '../lib/number-taken.ts';
import { RECALLING, recall } from './rehydrate.ts';
import { Repairs } from './repairs.ts';
import { askForWhole, isWhole } from './short-request.ts';
import { runDeployment, supersededBy } from './run-deployment.ts';
import { Teller } from '../reporting/store-recorder.ts';
import { Waiting } from './waiting-deployments.ts';
import type { Entry } from './waiting-deployments.ts';
import { judgeRollback, orderAgain, orderedAgain } from './rollback-target.ts';

/** What an environment carries from run to run. */
export interface EnvironmentInput extends KnownGates, IssueState {
  readonly key: EnvironmentKey;
  readonly generation?: number;
  readonly live?: LiveDeployment | null;
  readonly previous?: LiveDeployment | null;
  readonly waiting?: readonly WaitingRequest[];
  /** The newest ended deployments, so that a request that arrives again is answered and not done again. */
  readonly ended?: readonly EndedDeployment[];
  /** What was not mended before. */
  readonly repairs?: readonly Repair[];
  /** What the store could not be told before. */
  readonly untold?: readonly Telling[];
}

interface Whole extends Entry {
  readonly request: DeploymentRequest;
}

interface Running {
  readonly deploymentId: string;
  readonly commit: string;
  readonly version: LiveDeployment;
  readonly scope: CancellationScope;
  /** Why it does not go on, where it does not. */
  readonly halted: string | null;
}

/** Requests are repeated within seconds, not days. */
const REMEMBERED = 20;
/** A deployment's child costs a dozen events here; this keeps a run's history far below Temporal's warning. */
const MAX_HISTORY_EVENTS = 4_000;
const SETTLE_MS = 60_000;
/** Of what a new run is given to tell; the rest is left to others. */
const MAX_UNTOLD_BYTES = 200_000;
/** Of a failure that is remembered. */
const MAX_MESSAGE = 2_000;
const MAX_LEFTOVERS = 20;
const MAX_LEFTOVER = 200;

/**
 * One environment of one service: an entity that runs one deployment at a time, in the order of the requests, and
 * never goes backwards. It runs the deployment itself, so a requester that dies holds no lock; what waits is a list.
 *
 * It cannot be cancelled itself, or it would forget what is live and whom it owes an answer: a cancel is one of all that
 * runs and waits.
 */
export async function environment(input: EnvironmentInput): Promise<never> {
  const { cancelRequested } = CancellationScope.current();
  return CancellationScope.nonCancellable(() => tend(input, cancelRequested));
}

async function tend(input: EnvironmentInput, cancelRequested: Promise<never>): Promise<never> {
  const { key } = input;
  const store = new Teller(input.untold);
  const waiting = new Waiting(input.waiting ?? [], store);
  const gates = new Gates(input, lockOwner());
  const issues = new FailureIssues(input);
  const repairs = new Repairs(input.repairs ?? [], ({ place, before }) => {
    const at = Date.now();
    const subject = environmentId(key);
    const detail = `${place} runs ${before?.running?.deploymentId ?? 'nothing'} again`;
    const id = `environment.mend/${subject}/${String(at)}/${place}`;
    store.say({
      kind: 'recordAudit',
      record: { id, at, actor: 'system:landfall', action: 'environment.mend', subject, detail },
    });
  });
  const blocks = (request: WaitingRequest) => gates.blocks(request, Date.now());
  let ended = input.ended ?? [];
  let live = input.live ?? null;
  let previous = input.previous ?? null;
  // A fence only has to grow. Beginning at the clock lets an environment that lost its history still be the newest.
  let generation = input.generation ?? Math.floor(workflowInfo().startTime.getTime() / 1_000);
  let running: Running | null = null;
  // What it is told while it recalls what was said before is heard after that, in the order in which it was told.
  const recalled =
    input.generation === undefined && patched('recalls-before-it-hears') ? Promise.withResolvers<undefined>() : null;
  const hearing =
    <A extends readonly unknown[]>(hear: (...told: A) => Promise<void>) =>
    (...told: A): Promise<void> =>
      // What a handler does is not to be cancelled either.
      CancellationScope.nonCancellable(async () => {
        if (recalled) await recalled.promise;
        await hear(...told);
      });

  /** Those who came before it knew what is live. They are heard when it does. */
  let early: readonly DeploymentRequest[] = [];
  /** Those of them that were cancelled since: more may have ended than are remembered when they are heard. */
  const withdrawn = new Set<string>();
  let isRecalling = recalled !== null;

  const state = (now = Date.now()): EnvironmentState => ({
    generation,
    live,
    previous,
    ...gates.stateAt(now),
    ...repairs.state,
    running: running?.deploymentId ?? null,
    ...(running?.halted && { halted: running.halted }),
    ...(isRecalling && { recalling: RECALLING }),
    waiting: isRecalling
      ? early.map(({ deploymentId }, index) => ({ deploymentId, position: index + 1, why: RECALLING }))
      : waiting.positions(running, (request) => gates.blocks(request, now)),
  });
  // Whose clock is behind asks for no time before what has happened.
  setHandler(environmentState, (now = 0) => state(Math.max(now, Date.now())));

  const handleRequest = async (request: DeploymentRequest): Promise<void> => {
    const taken = otherCommit(request, [...ended, running, ...waiting.requests, live, previous]);
    if (taken !== undefined && patched('number-and-commit')) {
      const why = numberTaken(`Deployment ${request.deploymentId}`, taken);
      log.error(why.message);
      const ending = { ...result(request, 'failed'), failure: why };
      waiting.refuse(request, ending);
      return answer(request, ending);
    }
    const before = ended.find(({ deploymentId }) => deploymentId === request.deploymentId);
    if (before) return answer(request, before);
    if (withdrawn.has(request.deploymentId) && patched('withdrawn-stays-withdrawn')) {
      return answer(request, result(request, 'cancelled'));
    }
    if (running?.deploymentId === request.deploymentId) return;
    if (waiting.complete(request)) return;
    if (waiting.line.has(request.deploymentId) && patched('asked-again-while-waiting')) return;
    const why = blocks(request)?.why ?? (running ? `behind ${running.deploymentId}` : undefined);
    const { queue = 'fifo' } = request.environment;
    const busy = why ?? waiting.requests[0]?.deploymentId;
    if (queue === 'reject' && busy !== undefined && !waiting.line.has(request.deploymentId)) {
      const message = `The environment takes nothing while it is busy (${busy}). Ask again when it is free.`;
      await turnAway(request, {
        ...result(request, 'failed'),
        failure: { type: FailureType.EnvironmentBusy, message },
      });
      return;
    }
    const older = queue === 'supersede' ? waiting.line.takeOlderThan(request) : takeBlocked(request);
    if (older.length === 0 && waiting.isFullFor(request) && patched('line-is-bounded')) {
      const message = `${waiting.requests.length} deployments wait there already: look at what holds them back.`;
      await turnAway(request, {
        ...result(request, 'failed'),
        failure: { type: FailureType.EnvironmentBusy, message },
      });
      return;
    }
    waiting.add(request, why);
    for (const entry of older) await leave(entry, superseded(entry.request, request.commit, 'waits in its place'));
  };
  setHandler(requestDeployment, (request) => {
    const isNew = !early.some(({ deploymentId }) => deploymentId === request.deploymentId);
    if (isRecalling && isNew) early = [...early, request];
    return hearing(handleRequest)(request);
  });

  /**
   * Automatic ones before an automatic one that a lock or freeze holds back as it does them, or before one that there is no room for
   * otherwise: whoever lets them go on wants the newest.
   */
  function takeBlocked(request: DeploymentRequest): readonly Entry[] {
    const isFull = waiting.isFullFor(request);
    const isHeld = (one: WaitingRequest) => {
      const block = blocks(one);
      return isFull || (block !== null && block.isPause !== true);
    };
    const isMeant = !request.byName && isHeld(request);
    const isOlder = (one: WaitingRequest) => !one.byName && one.sequence < request.sequence && isHeld(one);
    if (!isMeant || !waiting.requests.some(isOlder) || !patched('newest-waits')) return [];
    return waiting.line.takeOlderThan(request, isHeld);
  }

  async function cancel({ deploymentId, by }: { readonly deploymentId: string; readonly by: string }): Promise<void> {
    log.info('cancel', { deploymentId, by });
    const entry = waiting.line.remove(deploymentId);
    if (entry) await leave(entry, result(entry.request, 'cancelled'));
    else if (running?.deploymentId === deploymentId) running.scope.cancel();
  }
  const hearCancel = hearing(cancel);
  setHandler(cancelDeployment, async (request) => {
    const one = early.find(({ deploymentId }) => deploymentId === request.deploymentId);
    if (!one || !patched('cancels-before-it-knows')) return hearCancel(request);
    // Heard of again when its request is: it has ended by then.
    early = early.filter((other) => other !== one);
    withdrawn.add(one.deploymentId);
    await CancellationScope.nonCancellable(() => turnAway(one, result(one, 'cancelled')));
  });
  const cancelAll = async (): Promise<void> => {
    const all = [
      ...waiting.requests.map(({ deploymentId }) => deploymentId),
      ...(running ? [running.deploymentId] : []),
    ];
    for (const deploymentId of all) await cancel({ deploymentId, by: 'temporal' });
  };
  cancelRequested.catch(hearing(cancelAll));

  setHandler(deploymentHalted, ({ deploymentId, why }) => {
    if (running?.deploymentId === deploymentId) running = { ...running, halted: why };
  });

  /** Of two deployments the one with the higher generation is live, whichever is heard of last. */
  function land({ actor, byHand, ...version }: LandedDeployment): void {
    if (live && version.generation <= live.generation) return;
    previous = live;
    live = version;
    generation = Math.max(generation, version.generation);
    gates.noteLive({ ...version, actor, ...(byHand !== undefined && { byHand }) });
    store.say({ kind: 'recordLive', record: { key, at: Date.now(), live, previous } });
  }
  setHandler(
    deploymentLanded,
    hearing(async (landed: LandedDeployment) => land(landed)),
  );
  const standing = (): Standing => {
    const version = running?.version ?? null;
    return { live, previous, underWay: version && version.generation > (live?.generation ?? 0) ? version : null };
  };
  setHandler(
    askStanding,
    hearing(async ({ asker }: { readonly asker: string }) => {
      await getExternalWorkflowHandle(asker)
        .signal(standingTold, { environment: key.environment, standing: standing() })
        .catch((error: unknown) => log.info('who asked is gone', { asker, error }));
    }),
  );

  handleGates(gates, { key, store, state, recalled: recalled?.promise ?? null });

  /** For a deployment that cannot tell of its own end: cancelled before it began, or ended by force. */
  function speakFor(entry: Entry, error: unknown): DeploymentResult {
    const { request } = entry;
    const began = !isCancellation(error);
    const ending = began ? lost(request, error) : result(request, 'cancelled');
    waiting.conclude(began ? { request, gitHub: new GitHubDeployment(request, 'maybe') } : entry, ending);
    return ending;
  }

  /** One that ends without ever having run. */
  async function leave(entry: Entry, ending: DeploymentResult): Promise<void> {
    waiting.conclude(entry, ending);
    await end(entry.request, ending);
  }

  /** One that is not even let in line. */
  async function turnAway(request: WaitingRequest, ending: DeploymentResult): Promise<void> {
    await leave({ request, gitHub: new GitHubDeployment(request, request.announced ? 'maybe' : undefined) }, ending);
  }

  /** The next one that may run, as soon as there is one. @returns `undefined` when it is time to renew */
  async function next(): Promise<Whole | undefined> {
    for (;;) {
      if (isTimeToRenew()) return undefined;
      const entry = waiting.line.first(blocks);
      if (entry) {
        const { request, gitHub } = entry;
        if (isWhole(request)) {
          waiting.line.remove(request.deploymentId);
          return { request, gitHub };
        }
        await makeWhole(entry);
        continue;
      }
      const until = waiting.line.changesAt(blocks);
      const changed = () => isTimeToRenew() || waiting.line.mayRun(blocks) || waiting.line.changesAt(blocks) !== until;
      // A timer only where time alone changes something.
      await (until === null ? condition(changed) : condition(changed, Math.max(1, until - Date.now())));
    }
  }

  /** One that was kept short. */
  async function makeWhole(entry: Entry): Promise<void> {
    const { deploymentId } = entry.request;
    const now = () => waiting.requests.find((one) => one.deploymentId === deploymentId);
    const isOver = () => {
      const request = now();
      return request === undefined || isWhole(request);
    };
    if (await askForWhole(entry.request, isOver)) return;
    waiting.line.remove(deploymentId);
    const message = 'Its release is gone, or does not say any more what to run. Deploy the commit again.';
    await leave(entry, {
      ...result(entry.request, 'failed'),
      failure: { type: FailureType.WorkflowLost, message },
    });
  }

  async function end(request: WaitingRequest, ending: DeploymentResult): Promise<void> {
    ended = [...ended, remembered(ending, request)].slice(-REMEMBERED);
    await answer(request, ending);
  }

  // It may be that the one before it was ended by force, and nothing must go backwards because of that.
  if (recalled || (input.generation === undefined && patched('recalls-what-is-live'))) {
    const last = await recall(key);
    if (last) {
      ({ live, previous } = last);
      generation = Math.max(generation, live?.generation ?? 0);
      gates.recall(last);
    }
    isRecalling = false;
    early = [];
    recalled?.resolve(undefined);
  }

  repairs.start();
  while (!isTimeToRenew()) {
    const entry = await next();
    if (!entry) continue;
    const { request } = entry;

    // Its release asks again, because nobody was left to answer when it landed.
    if (request.deploymentId === live?.deploymentId) {
      await end(request, result(request, 'live'));
      continue;
    }
    if (live && isBehind(request, live)) {
      await leave(entry, superseded(request, live.commit, 'is already live'));
      continue;
    }
    const refusal = gates.refuses(request);
    if (refusal) {
      await leave(entry, { ...result(request, 'cancelled'), failure: refusal });
      continue;
    }

    const isSplit =
      request.rollbackFrom !== undefined && repairs.open.length > 0 && patched('rolls-back-what-is-split');
    const back = judgeRollback(request, live, previous, isSplit);
    if (back.kind === 'refused') {
      await leave(entry, { ...result(request, 'cancelled'), failure: back.failure });
      continue;
    }
    if (back.kind === 'again') {
      await orderAgain(request, back.from, back.to);
      await leave(entry, { ...result(request, 'superseded'), failure: orderedAgain(request, back.from, back.to) });
      continue;
    }

    generation += 1;
    const before = live;
    const scope = new CancellationScope();
    const version = versionOf(request, generation);
    running = { deploymentId: request.deploymentId, commit: request.commit, version, scope, halted: null };
    const { disrepair, ...ending } = await scope
      .run(async () => {
        if (repairs.isBusy) await repairs.stop();
        const known = { live, ...(repairs.open.length > 0 && { disrepair: repairs.open.map(withoutUndo) }) };
        const told = { ...supersededBy(request, live), ...(await waiting.handOver(entry)) };
        return runDeployment({ request, generation, ...known, ...told });
      })
      .catch((error: unknown) => speakFor(entry, error));
    running = null;
    repairs.note(request, version.generation, { ...ending, ...(disrepair && { disrepair }) });
    repairs.start();

    issues.note(request, ending, before);
    if (ending.outcome === 'live') land(landedOf(request, version.generation));
    await end(request, ending);
  }

  if (repairs.isBusy) await repairs.stop();
  await Promise.all([store.settle(SETTLE_MS), waiting.settle(SETTLE_MS), issues.settle()]);
  await condition(allHandlersFinished);
  const { untold } = store;
  const carries = untold.slice(0, howManyFit(untold, MAX_UNTOLD_BYTES));
  await leaveTellings(`${environmentWorkflowId(key)}.${workflowInfo().runId}`, untold.slice(carries.length));
  // Something may have been heard and said meanwhile.
  await condition(allHandlersFinished);
  const said = store.untold.filter((one) => !untold.includes(one));
  return continueAsNew<typeof environment>({
    ...{ key, generation, live, previous, ended, untold: [...carries, ...said], ...issues.state },
    ...{ ...gates.stateAt(Date.now()), change: gates.change },
    ...(repairs.open.length > 0 && { repairs: repairs.carried }),
    waiting: waiting.carried,
  });
}

/** A deployment is given what has to run, not what has failed there. */
const withoutUndo = ({ place, why, before }: Repair): Disrepair => ({ place, why, ...(before && { before }) });

/** What is answered to whoever asks again. */
function remembered({ failure, ...ending }: DeploymentResult, { commit }: WaitingRequest): EndedDeployment {
  const short = failure && { type: failure.type, message: failure.message.slice(0, MAX_MESSAGE) };
  const leftovers = ending.leftovers.slice(0, MAX_LEFTOVERS).map((one) => one.slice(0, MAX_LEFTOVER));
  return { ...ending, leftovers, commit, ...(short && { failure: short }) };
}

function isTimeToRenew(): boolean {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  return continueAsNewSuggested || historyLength > MAX_HISTORY_EVENTS;
}
