import {
  CancellationScope,
  ChildWorkflowCancellationType,
  ParentClosePolicy,
  allHandlersFinished,
  condition,
  continueAsNew,
  executeChild,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  patched,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Telling } from '../activities/records/records.port.ts';
import type {
  DeploymentInput,
  DeploymentRequest,
  DeploymentResult,
  EnvironmentState,
  LastLive,
  LiveDeployment,
} from '../contracts/deployment.ts';
import { FailureType } from '../contracts/failures.ts';
import { deploymentWorkflowId } from '../contracts/ids.ts';
import type { EnvironmentKey } from '../contracts/keys.ts';
import { SearchAttributes } from '../contracts/search-attributes.ts';
import type { DeploymentOutcome } from '../contracts/states.ts';
import type { deployment } from './deployment.workflow.ts';
import { cancelDeployment, deploymentHalted, environmentState, requestDeployment } from './environment.messages.ts';
import { explain } from './lib/explain.ts';
import { FailureIssues } from './lib/failure-issues.ts';
import type { IssueState } from './lib/failure-issues.ts';
import { handleGates } from './lib/gate-messages.ts';
import { Gates } from './lib/gates.ts';
import type { GateState } from './lib/gates.ts';
import { GitHubDeployment } from './lib/github-deployment.ts';
import { isBehind } from './lib/line.ts';
import { lockOwner } from './lib/lock-owner.ts';
import { recall } from './lib/recall.ts';
import { Teller } from './lib/teller.ts';
import { Waiting } from './lib/waiting.ts';
import type { Entry } from './lib/waiting.ts';
import { short } from './lib/words.ts';
import { deploymentEnded } from './release.messages.ts';

/** What an environment carries from run to run. */
export interface EnvironmentInput extends Partial<GateState>, IssueState {
  readonly key: EnvironmentKey;
  readonly generation?: number;
  readonly live?: LiveDeployment | null;
  readonly previous?: LiveDeployment | null;
  readonly waiting?: readonly DeploymentRequest[];
  /** The newest ended deployments, so that a request that arrives again is answered and not done again. */
  readonly ended?: readonly DeploymentResult[];
  /** What the store could not be told before. */
  readonly untold?: readonly Telling[];
}

interface Running {
  readonly deploymentId: string;
  readonly scope: CancellationScope;
  /** Why it does not go on, where it does not. */
  readonly halted: string | null;
}

/** Requests are repeated within seconds, not days. */
const REMEMBERED = 20;
/** A deployment's child costs a dozen events here; this keeps a run's history far below Temporal's warning. */
const MAX_HISTORY_EVENTS = 4_000;
const SETTLE_MS = 60_000;

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
  const blocks = (request: DeploymentRequest) => gates.blocks(request, Date.now());
  let ended = input.ended ?? [];
  let live = input.live ?? null;
  let previous = input.previous ?? null;
  // A fence only has to grow. Beginning at the clock lets an environment that lost its history still be the newest.
  let generation = input.generation ?? Math.floor(workflowInfo().startTime.getTime() / 1_000);
  let running: Running | null = null;

  const state = (now = Date.now()): EnvironmentState => ({
    generation,
    live,
    previous,
    ...gates.stateAt(now),
    running: running?.deploymentId ?? null,
    ...(running?.halted && { halted: running.halted }),
    waiting: waiting.positions(running, (request) => gates.blocks(request, now)),
  });
  // Whose clock is behind asks for no time before what has happened.
  setHandler(environmentState, (now = 0) => state(Math.max(now, Date.now())));

  const handleRequest = async (request: DeploymentRequest): Promise<void> => {
    const before = ended.find(({ deploymentId }) => deploymentId === request.deploymentId);
    if (before) return answer(request, before);
    if (running?.deploymentId === request.deploymentId) return;
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
    const older = queue === 'supersede' ? waiting.line.takeOlderThan(request) : [];
    waiting.add(request, why);
    for (const entry of older) await leave(entry, superseded(entry.request, request.commit, 'waits in its place'));
  };
  // What a handler does is not to be cancelled either.
  setHandler(requestDeployment, (request) => CancellationScope.nonCancellable(() => handleRequest(request)));

  async function cancel({ deploymentId, by }: { readonly deploymentId: string; readonly by: string }): Promise<void> {
    log.info('cancel', { deploymentId, by });
    const entry = waiting.line.remove(deploymentId);
    if (entry) await leave(entry, result(entry.request, 'cancelled'));
    else if (running?.deploymentId === deploymentId) running.scope.cancel();
  }
  setHandler(cancelDeployment, (request) => CancellationScope.nonCancellable(() => cancel(request)));
  cancelRequested.catch(() =>
    CancellationScope.nonCancellable(async () => {
      const all = [
        ...waiting.requests.map(({ deploymentId }) => deploymentId),
        ...(running ? [running.deploymentId] : []),
      ];
      for (const deploymentId of all) await cancel({ deploymentId, by: 'temporal' });
    }),
  );

  setHandler(deploymentHalted, ({ deploymentId, why }) => {
    if (running?.deploymentId === deploymentId) running = { ...running, halted: why };
  });

  handleGates(gates, { key, store, state });

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
  async function turnAway(request: DeploymentRequest, ending: DeploymentResult): Promise<void> {
    await leave({ request, gitHub: new GitHubDeployment(request, request.announced ? 'maybe' : undefined) }, ending);
  }

  /** The next one that may run, as soon as there is one. @returns `undefined` when it is time to renew */
  async function next(): Promise<Entry | undefined> {
    for (;;) {
      if (isTimeToRenew()) return undefined;
      const entry = waiting.line.shift(blocks);
      if (entry) return entry;
      const until = waiting.line.changesAt(blocks);
      const changed = () => isTimeToRenew() || waiting.line.mayRun(blocks) || waiting.line.changesAt(blocks) !== until;
      // A timer only where time alone changes something.
      await (until === null ? condition(changed) : condition(changed, Math.max(1, until - Date.now())));
    }
  }

  async function end(request: DeploymentRequest, ending: DeploymentResult): Promise<void> {
    ended = [...ended, ending].slice(-REMEMBERED);
    await answer(request, ending);
  }

  // It may be that the one before it was ended by force, and nothing must go backwards because of that.
  let last: LastLive | null = null;
  if (input.generation === undefined && patched('recalls-what-is-live')) {
    last = await recall(key);
    if (last) {
      ({ live, previous } = last);
      generation = Math.max(generation, last.live.generation);
      gates.recall(last.hold);
    }
  }

  while (!isTimeToRenew()) {
    const entry = await next();
    if (!entry) continue;
    const { request } = entry;

    // Its release asks again, because nobody was left to answer when it landed.
    if (request.deploymentId === last?.live.deploymentId) {
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

    generation += 1;
    const scope = new CancellationScope();
    running = { deploymentId: request.deploymentId, scope, halted: null };
    const ending = await scope
      .run(async () =>
        deploy({ request, generation, ...supersededBy(request, live), ...(await waiting.handOver(entry)) }),
      )
      .catch((error: unknown) => speakFor(entry, error));
    running = null;

    issues.note(request, ending, live);
    if (ending.outcome === 'live') {
      const { deploymentId, sequence, commit, image, digest } = request;
      previous = live;
      live = { deploymentId, sequence, generation, commit, image, digest };
      gates.noteLive(request);
      store.say({ kind: 'recordLive', record: { key, at: Date.now(), live, previous } });
    }
    await end(request, ending);
  }

  await Promise.all([store.settle(SETTLE_MS), waiting.settle(SETTLE_MS), issues.settle()]);
  await condition(allHandlersFinished);
  const { untold } = store;
  return continueAsNew<typeof environment>({
    ...{ key, generation, live, previous, ended, untold, ...gates.stateAt(Date.now()), ...issues.state },
    waiting: waiting.requests,
  });
}

function isTimeToRenew(): boolean {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  return continueAsNewSuggested || historyLength > MAX_HISTORY_EVENTS;
}

/** GitHub shows by itself what is superseded, except in production. */
function supersededBy(
  { deploymentId, environment }: DeploymentRequest,
  live: LiveDeployment | null,
): Pick<DeploymentInput, 'supersedes'> {
  if (!live || !environment.production || live.deploymentId === deploymentId) return {};
  return { supersedes: { deploymentId: live.deploymentId, commit: live.commit } };
}

function deploy(input: DeploymentInput): Promise<DeploymentResult> {
  const { request } = input;
  const { key, deploymentId, commit, subject, actor } = request;
  return executeChild<typeof deployment>('deployment', {
    workflowId: deploymentWorkflowId(deploymentId),
    args: [input],
    cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
    // Somebody who ends the environment by force must not end a deployment halfway.
    parentClosePolicy: ParentClosePolicy.ABANDON,
    staticSummary: `${key.project}/${key.service} ${short(commit)} → ${key.environment}`,
    memo: { subject, actor: actor.name, page: `/deployments/${deploymentId}` },
    typedSearchAttributes: [
      { key: SearchAttributes.project, value: key.project },
      { key: SearchAttributes.service, value: key.service },
      { key: SearchAttributes.environment, value: key.environment },
      { key: SearchAttributes.commit, value: commit },
    ],
  });
}

/** A deployment always ends with a result; one that did not was ended by force, and nobody knows what runs. */
function lost(request: DeploymentRequest, error: unknown): DeploymentResult {
  const { message } = explain(error);
  return {
    ...result(request, 'rollback_failed'),
    leftovers: request.environment.target.hosts.map((host) => `${host}: unknown`),
    failure: {
      type: FailureType.RollbackFailed,
      message: `${message} What runs now is unknown: look, then deploy again.`,
    },
  };
}

function superseded(request: DeploymentRequest, newer: string, how: string): DeploymentResult {
  const failure = { type: FailureType.Superseded, message: `${short(newer)} is newer and ${how}` };
  return { ...result(request, 'superseded'), failure };
}

function result({ deploymentId }: DeploymentRequest, outcome: DeploymentOutcome): DeploymentResult {
  return { deploymentId, outcome, urls: [], healthAttempts: 0, leftovers: [] };
}

/** A requester that is gone is no error. */
async function answer({ requester, deploymentId }: DeploymentRequest, ending: DeploymentResult): Promise<void> {
  await getExternalWorkflowHandle(requester)
    .signal(deploymentEnded, ending)
    .catch((error: unknown) => log.info('the requester is gone', { requester, deploymentId, error }));
}
