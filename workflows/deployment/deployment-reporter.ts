import { isCancellation, upsertSearchAttributes } from '@temporalio/workflow';
import type {
  DeploymentInput,
  DeploymentProgress,
  DeploymentResult,
  Disrepair,
} from '../../contracts/deployment/deployment.ts';
import type { Actor } from '../../contracts/core/actor.ts';
import { FailureType, failure } from '../../contracts/core/failures.ts';
import type { FailureRecord } from '../../contracts/core/failures.ts';
import type { DeploymentStateRecord } from '../../contracts/admission/store-records.ts';
import { SearchAttributes } from '../../contracts/core/search-attributes.ts';
import type { DeploymentOutcome, DeploymentState } from '../../contracts/deployment/states.ts';
import type { DeploymentStep, StepState } from '../../contracts/deployment/steps.ts';
import { TIMEOUTS } from '../lib/timeouts.ts';
import { explain } from '../lib/failure-record.ts';
import { audited } from '../reporting/audit.ts';
import { GitHubDeployment } from '../reporting/github-deployment.ts';
import { deferReport } from '../reporting/defer-report.ts';
import { StoreRecorder } from '../reporting/store-recorder.ts';
import { describeOutcome } from '../lib/status-text.ts';

interface Ending {
  readonly failure?: FailureRecord | undefined;
  readonly urls?: readonly string[];
  readonly leftovers?: readonly string[];
  readonly disrepair?: readonly Disrepair[];
}

/** Shows a deployment to people: its state and steps in the store, on GitHub, in the Temporal UI and by query. */
export class DeploymentReporter {
  readonly #input: DeploymentInput;
  readonly #store = new StoreRecorder();
  readonly #gitHub: GitHubDeployment;
  #state: DeploymentState = 'queued';
  #step: DeploymentStep | null = null;
  #place: string | null = null;
  #healthAttempts = 0;
  #audited = 0;
  #result: DeploymentResult | undefined;

  constructor(input: DeploymentInput) {
    this.#input = input;
    const known = input.waited ? (input.gitHubDeploymentId ?? 'maybe') : undefined;
    this.#gitHub = new GitHubDeployment(input.request, known, (gitHubDeploymentId) => {
      this.#tellState({ gitHubDeploymentId });
    });
    this.#store.say({ kind: 'recordDeployment', record: { request: input.request, at: Date.now() } });
  }

  get progress(): DeploymentProgress {
    return {
      state: this.#state,
      step: this.#step,
      place: this.#place,
      healthAttempts: this.#healthAttempts,
    };
  }

  /** The place that took longest counts. */
  countHealthAttempts(attempts: number): void {
    this.#healthAttempts = Math.max(this.#healthAttempts, attempts);
  }

  /** A new state, in a sentence. */
  enter(state: Exclude<DeploymentState, DeploymentOutcome>, description: string): void {
    this.#become(state);
    this.#tellState({});
    this.#gitHub.show(state, description);
  }

  /** Runs one step and tells how it went. */
  async step<T>(step: DeploymentStep, place: string, work: () => Promise<T>): Promise<T> {
    this.#step = step;
    this.#place = place || null;
    this.#tellStep(step, place, 'running');
    try {
      const result = await work();
      this.#tellStep(step, place, 'done');
      return result;
    } catch (error) {
      this.#tellStep(step, place, 'failed', isCancellation(error) ? 'cancelled' : explain(error).message);
      throw error;
    }
  }

  /** Reports a step that is left out, because a person decided so. */
  skip(step: DeploymentStep, place: string): void {
    this.#tellStep(step, place, 'skipped');
  }

  /** Writes an action on the deployment, its author and reason into the audit trail. */
  audit(what: string, by: Actor, detail: string): void {
    const { deploymentId, commit, digest } = this.#input.request;
    const at = Date.now();
    this.#audited += 1;
    // Within one millisecond two people may do the same.
    const key = `${String(at)}/${String(this.#audited)}`;
    const about = { action: `deployment.${what}`, subject: deploymentId, key, commit, digest };
    this.#store.say(audited({ ...about, by, at, detail }));
  }

  /** Reports the outcome to the store and GitHub at once. Only tidying up and {@link finish} come after it. */
  conclude(outcome: DeploymentOutcome, { failure, urls = [], leftovers = [], disrepair }: Ending = {}): void {
    const { deploymentId, commit } = this.#input.request;
    const healthAttempts = this.#healthAttempts;
    this.#result = {
      ...{ deploymentId, outcome, urls, leftovers, healthAttempts },
      ...(failure && { failure }),
      ...(disrepair && { disrepair }),
    };
    this.#become(outcome);
    this.#tellState({ urls, leftovers, healthAttempts, ...(failure && { failure }) });
    const supersedes = outcome === 'live' ? this.#input.supersedes : undefined;
    this.#gitHub.show(outcome, describeOutcome(outcome, commit, failure?.message), {
      environmentUrl: urls[0],
      supersedes,
      failure,
    });
  }

  /** Waits, bounded, until the store and GitHub know; leaves the rest to a `report`. */
  async finish(): Promise<DeploymentResult> {
    if (!this.#result) throw failure(FailureType.Internal, 'a deployment was finished before it was concluded');
    const [tellings, unsaid] = await Promise.all([
      this.#store.settle(TIMEOUTS.settle.endMs),
      this.#gitHub.settle(TIMEOUTS.settle.endMs),
    ]);
    await deferReport(this.#result.deploymentId, { tellings, ...unsaid });
    return this.#result;
  }

  #become(state: DeploymentState): void {
    this.#state = state;
    upsertSearchAttributes([{ key: SearchAttributes.state, value: state }]);
  }

  #tellState(more: Partial<DeploymentStateRecord>): void {
    const { deploymentId } = this.#input.request;
    this.#store.say({
      kind: 'recordDeploymentState',
      record: { deploymentId, state: this.#state, at: Date.now(), generation: this.#input.generation, ...more },
    });
  }

  #tellStep(step: DeploymentStep, place: string, state: StepState, detail?: string): void {
    const { deploymentId } = this.#input.request;
    this.#store.say({
      kind: 'recordStep',
      record: { deploymentId, step, place, state, at: Date.now(), ...(detail && { detail }) },
    });
  }
}
