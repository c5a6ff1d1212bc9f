import {
  CancellationScope,
  CancelledFailure,
  allHandlersFinished,
  condition,
  isCancellation,
  log,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { SYSTEM } from '../../contracts/core/actor.ts';
import type { DecisionRequest } from '../../contracts/deployment/approval.ts';
import type { ApprovalSettings } from '../../contracts/config/approval-settings.ts';
import type { DeploymentRequest, DeploymentResult } from '../../contracts/deployment/deployment.ts';
import { FailureType, failure } from '../../contracts/core/failures.ts';
import { deploymentId } from '../../contracts/core/ids.ts';
import type {
  CancelRequest,
  ReleaseInput,
  ReleaseProgress,
  ReleaseResult,
  ReleaseStage,
} from '../../contracts/deployment/release.ts';
import { SearchAttributes } from '../../contracts/core/search-attributes.ts';
import type { EnvironmentSettings } from '../../contracts/config/service.ts';
import { Approval } from './deployment-approval.ts';
import type { GateOutcome } from './deployment-approval.ts';
import { askEnvironment, cancelInEnvironment, requestFor } from './request-deployment.ts';
import { explain } from '../lib/failure-record.ts';
import { buildOnce } from './build-once.ts';
import type { Built, Completed } from './build-once.ts';
import { Subscribers } from './subscribers.ts';
import { audited } from '../reporting/audit.ts';
import { deferReport } from '../reporting/defer-report.ts';
import { StoreRecorder } from '../reporting/store-recorder.ts';
import {
  cancelRelease,
  decideApproval,
  deploymentEnded,
  followRelease,
  imageBuilt,
  releaseProgress,
  withdrawApproval,
  yourTurn,
} from '../messages/release.messages.ts';
import { TIMEOUTS } from '../lib/timeouts.ts';

/** The author of a cancel of the workflow itself, such as in Temporal's UI. */
const BY_TEMPORAL: CancelRequest = {
  by: { kind: 'system', name: 'temporal' },
  reason: 'the workflow was cancelled',
};
/**
 * One commit on its way: built once, then the same digest to one environment after the other. The first environment
 * that it does not reach ends the way. It ends with a result, never by throwing.
 */
export async function release(input: ReleaseInput): Promise<ReleaseResult> {
  const store = new StoreRecorder();
  const way = new ReleaseRun(input, store);
  store.say({ kind: 'recordRelease', record: input });

  const result = await travel(input, way, store);

  way.finish(result);
  upsertSearchAttributes([{ key: SearchAttributes.state, value: result.outcome }]);
  store.say({ kind: 'recordReleaseResult', record: { releaseId: input.releaseId, at: Date.now(), result } });
  await CancellationScope.nonCancellable(async () => {
    await way.followers.tell({ releaseId: input.releaseId, kind: 'ended', result });
    await condition(allHandlersFinished);
    await deferReport(workflowInfo().workflowId, { tellings: await store.settle(TIMEOUTS.settle.endMs) });
  });
  return result;
}

async function travel(input: ReleaseInput, way: ReleaseRun, store: StoreRecorder): Promise<ReleaseResult> {
  try {
    const image = input.image ?? (await way.scope.run(() => buildOnce(input, store, way.built.promise)));
    for (const environment of input.environments) {
      // A cancel is passed on to the environment, whose answer is then waited for as always.
      const { outcome, failure: why } = await CancellationScope.nonCancellable(() => way.visit(environment, image));
      if (outcome === 'live') continue;
      const cancelled = outcome === 'cancelled';
      return { outcome: cancelled ? 'cancelled' : 'failed', stages: way.stages, ...(why && { failure: why }) };
    }
    return { outcome: 'completed', stages: way.stages };
  } catch (error) {
    if (isCancellation(error)) return { outcome: 'cancelled', stages: way.stages };
    return { outcome: 'failed', stages: way.stages, failure: explain(error) };
  }
}

/** The release's position on its way, and the messages that reach it there. */
class ReleaseRun {
  /** A cancel stops this before an environment has the request. */
  readonly scope = new CancellationScope();
  readonly built = Promise.withResolvers<Completed>();
  readonly followers = new Subscribers();
  readonly #input: ReleaseInput;
  readonly #store: StoreRecorder;
  readonly #stages: ReleaseStage[] = [];
  readonly #endings = new Map<string, DeploymentResult>();
  #state: ReleaseProgress['state'] = 'building';
  #failure: ReleaseResult['failure'];
  #asked: { readonly environment: EnvironmentSettings; readonly deploymentId: string } | undefined;
  /** The last request to an environment. */
  #request: DeploymentRequest | undefined;
  #cancel: CancelRequest | undefined;
  #approval: Approval | undefined;

  constructor(input: ReleaseInput, store: StoreRecorder) {
    this.#input = input;
    this.#store = store;
    // Handlers first: a message may be delivered before the first line of work.
    setHandler(releaseProgress, () => this.progress);
    setHandler(followRelease, ({ follower }) => this.followers.add(follower));
    setHandler(imageBuilt, (image) => this.built.resolve(image));
    setHandler(deploymentEnded, (ending) => void this.#endings.set(ending.deploymentId, ending));
    // A release that is cancelled meanwhile ends with a result all the same.
    setHandler(yourTurn, ({ deploymentId: id }) =>
      CancellationScope.nonCancellable(async () => {
        if (this.#request?.deploymentId !== id) return;
        await askEnvironment(this.#request).catch((error: unknown) =>
          log.warn('the environment could not be given its request', { error, deploymentId: id }),
        );
      }),
    );
    setHandler(decideApproval, (request) => this.#atGate(request).decide(request), {
      validator: (request: DecisionRequest) => this.#atGate(request).assertAbout(request),
    });
    setHandler(withdrawApproval, ({ deploymentId: id, failure: why }) => this.#approval?.withdraw(id, why));
    setHandler(
      cancelRelease,
      async (request: CancelRequest) => {
        const { progress } = this;
        await this.#stop(request);
        return progress;
      },
      {
        validator: ({ by }: CancelRequest) => {
          if (this.#state !== 'finished') return;
          throw failure(
            FailureType.InvalidRequest,
            `The release has ended: there is nothing left for ${by.name} to cancel.`,
          );
        },
      },
    );
    // A cancel of the workflow itself means the same.
    CancellationScope.current().cancelRequested.catch(() =>
      CancellationScope.nonCancellable(() => this.#stop(BY_TEMPORAL)),
    );
  }

  get progress(): ReleaseProgress {
    return {
      state: this.#state,
      stages: this.stages,
      ...(this.#approval && { approval: this.#approval.state }),
      ...(this.#failure && { failure: this.#failure }),
    };
  }

  get stages(): readonly ReleaseStage[] {
    return [...this.#stages];
  }

  finish({ failure }: ReleaseResult): void {
    this.#state = 'finished';
    this.#failure = failure;
  }

  /** Asks one environment for the deployment and waits for its end. */
  async visit(environment: EnvironmentSettings, image: Built): Promise<DeploymentResult> {
    if (this.#cancel) throw new CancelledFailure(this.#cancel.reason);
    const { key, sequence } = this.#input;
    const id = deploymentId({ ...key, environment: environment.name }, sequence);
    const request = requestFor(this.#input, environment, id, image);
    const gate = environment.approval && (await this.#waitForApproval(request, environment.approval));
    if (gate && !gate.open) {
      this.#enter(request, gate.ending.outcome);
      return gate.ending;
    }
    this.#state = 'deploying';
    this.#enter(request, 'deploying');

    const ending = await this.#askFor(environment, gate ? { ...request, announced: true } : request);
    this.#enter(request, ending.outcome, ending.urls);
    return ending;
  }

  /** @throws `WaitExpired` when the environment answers nothing, not even a cancel */
  async #askFor(environment: EnvironmentSettings, request: DeploymentRequest): Promise<DeploymentResult> {
    const { deploymentId: id } = request;
    this.#request = request;
    await askEnvironment(request);
    this.#asked = { environment, deploymentId: id };
    // Passes on a cancel that came during the request to the environment.
    await this.#passCancelOn();

    const hasEnded = () => this.#endings.has(id);
    for (let day = 1; !(await condition(hasEnded, TIMEOUTS.release.askAgainMs)); day += 1) {
      if (this.#cancel || day === TIMEOUTS.release.longestWaitDays) {
        await this.#stop({ by: SYSTEM, reason: 'the release no longer waits for it' });
        await condition(hasEnded, TIMEOUTS.release.stopMs);
        break;
      }
      // Asking twice is asking once; an environment that was ended by force begins anew with it.
      await askEnvironment(request);
    }
    this.#asked = undefined;
    const ending = this.#endings.get(id);
    if (ending) return ending;
    throw failure(FailureType.WaitExpired, `${id} did not end within ${TIMEOUTS.release.longestWaitDays} days.`);
  }

  async #waitForApproval(request: DeploymentRequest, settings: ApprovalSettings): Promise<GateOutcome> {
    this.#state = 'waiting';
    this.#enter(request, 'waiting');
    this.#approval = new Approval(request, settings, this.#store);
    const { releaseId } = this.#input;
    void this.followers.tell({ releaseId, kind: 'gate', approval: this.#approval.state });
    const outcome = await this.#approval.wait(() => this.#cancel !== undefined);
    this.followers.forget();
    return outcome;
  }

  /** @throws `NotWaiting` */
  #atGate({ deploymentId }: DecisionRequest): Approval {
    if (this.#approval) return this.#approval;
    throw failure(FailureType.NotWaiting, `${deploymentId} does not wait for approval; the release is ${this.#state}.`);
  }

  #enter({ deploymentId, key }: DeploymentRequest, state: ReleaseStage['state'], urls: readonly string[] = []): void {
    const stage = { environment: key.environment, deploymentId, state, ...(urls.length > 0 && { urls }) };
    const index = this.#stages.findIndex((one) => one.deploymentId === deploymentId);
    if (index < 0) this.#stages.push(stage);
    else this.#stages[index] = stage;
  }

  async #stop(request: CancelRequest): Promise<void> {
    if (!this.#cancel) this.#auditCancel(request);
    this.#cancel ??= request;
    this.scope.cancel();
    await this.#passCancelOn();
  }

  #auditCancel({ by, reason }: CancelRequest): void {
    const { releaseId, commit } = this.#input;
    const about = { action: 'release.cancel', subject: releaseId, commit };
    this.#store.say(audited({ ...about, by, at: Date.now(), detail: reason }));
  }

  async #passCancelOn(): Promise<void> {
    if (this.#cancel && this.#asked) await cancelInEnvironment(this.#input.key, this.#asked, this.#cancel);
  }
}
