import { condition, setHandler } from '@temporalio/workflow';
import { SYSTEM, isOnePerson } from '../../contracts/core/actor.ts';
import type { Actor } from '../../contracts/core/actor.ts';
import { formatDuration } from '../../contracts/core/duration.ts';
import type { DeploymentInput, DeploymentProgress } from '../../contracts/deployment/deployment.ts';
import type { PauseRequest, ResumeRequest } from '../../contracts/deployment/environment.ts';
import { FailureType, failure } from '../../contracts/core/failures.ts';
import type { FailureRecord } from '../../contracts/core/failures.ts';
import { choicesAt } from '../../contracts/deployment/steps.ts';
import type {
  DeploymentPause,
  DeploymentStep,
  FailedStep,
  StepDecision,
  StepDecisionRequest,
} from '../../contracts/deployment/steps.ts';
import { firstPart } from '../../contracts/core/text.ts';
import { decideStep, pauseDeployment, resumeDeployment } from '../messages/deployment.messages.ts';
import type { DeploymentReporter } from './deployment-reporter.ts';
import { HaltNotice } from './halt-notice.ts';
import { TIMEOUTS } from '../lib/timeouts.ts';

/** The part of a failure that a queue shows. */
const SHOWN = 200;

interface Waiting {
  readonly failed: FailedStep;
  decision?: StepDecisionRequest;
}

/**
 * Lets people control a running deployment: pause and resume it, and decide about a step that has failed. Every action
 * is in the audit trail with its author and reason; every wait here is bounded, and ends with a cancel.
 */
export class RunControl {
  readonly #deploymentId: string;
  readonly #story: DeploymentReporter;
  readonly #sign: HaltNotice;
  /** 0: no wait for people. */
  readonly #waitMs: number;
  readonly #waiting = new Map<DeploymentStep, Waiting>();
  #pause: DeploymentPause | null = null;
  #isOver = false;

  constructor({ request }: DeploymentInput, story: DeploymentReporter) {
    this.#deploymentId = request.deploymentId;
    this.#story = story;
    this.#sign = new HaltNotice(request.deploymentId);
    this.#waitMs = request.environment.onFailure?.waitMs ?? 0;
    setHandler(
      pauseDeployment,
      (asked) => {
        this.#setPause(asked);
        return this.progress;
      },
      { validator: (asked: PauseRequest) => this.#assertPausable(asked) },
    );
    setHandler(
      resumeDeployment,
      ({ by }) => {
        this.#pause = null;
        this.#story.audit('resume', by, '');
        return this.progress;
      },
      { validator: (asked: ResumeRequest) => this.#assertPaused(asked) },
    );
    setHandler(
      decideStep,
      (asked) => {
        this.#decide(asked);
        return this.progress;
      },
      { validator: (asked: StepDecisionRequest) => void this.#waitingFor(asked) },
    );
  }

  get progress(): DeploymentProgress {
    const failed = [...this.#waiting.values()].flatMap((one) => (one.decision ? [] : [one.failed]));
    return {
      ...this.#story.progress,
      ...(this.#pause && { pause: this.#pause }),
      ...(failed.length > 0 && { failed }),
    };
  }

  get isPaused(): boolean {
    return this.#pause !== null;
  }

  /** True when a failed step may wait at all. */
  get maySomebodyMend(): boolean {
    return this.#waitMs > 0 && !this.#isOver;
  }

  /** From here on nothing can be paused or decided, and what waits beside waits no longer. */
  close(): void {
    this.#isOver = true;
  }

  /** Holds while it is paused. @throws `PauseExpired` when it is not resumed in time */
  async holdWhilePaused(): Promise<void> {
    if (!this.#pause) return;
    const until = this.#pause.until ?? Date.now() + TIMEOUTS.deployment.longestPauseMs;
    const { by, reason } = this.#pause;
    this.#pause = { ...this.#pause, until };
    this.#show();
    try {
      if (await condition(() => this.#pause === null || this.#isOver, Math.max(1, until - Date.now()))) return;
    } finally {
      this.#pause = null;
      this.#show();
    }
    this.#story.audit('pause.expired', SYSTEM, '');
    const message = `It was paused by ${by.name}: ${reason}. It was not resumed within ${formatDuration(TIMEOUTS.deployment.longestPauseMs)}. Deploy it again.`;
    throw failure(FailureType.PauseExpired, message);
  }

  /**
   * Waits for a person's decision about a step that has failed.
   * @throws the failure, with the person who aborted it, or without one when the time is up
   */
  async decision(step: DeploymentStep, place: string, why: FailureRecord): Promise<Exclude<StepDecision, 'abort'>> {
    const at = Date.now();
    const waiting: Waiting = {
      failed: { step, place, failure: why, at, until: at + this.#waitMs, choices: choicesAt(step) },
    };
    this.#waiting.set(step, waiting);
    this.#show();
    try {
      await condition(() => waiting.decision !== undefined || this.#isOver, this.#waitMs);
    } finally {
      this.#waiting.delete(step);
      this.#show();
    }
    if (waiting.decision && waiting.decision.decision !== 'abort') return waiting.decision.decision;
    throw failure(why.type, `${why.message} ${this.#howItEnded(waiting)}`.trim());
  }

  #howItEnded({ failed: { step, place }, decision }: Waiting): string {
    if (decision) return `${decision.by.name} aborted it: ${decision.reason}.`;
    if (this.#isOver) return '';
    this.#story.audit('step.expired', SYSTEM, at(step, place));
    return `No decision came within ${formatDuration(this.#waitMs)}.`;
  }

  #setPause({ by, reason }: PauseRequest): void {
    // The same person again: the answer was lost.
    if (this.#pause) return;
    this.#pause = { by, reason, at: Date.now(), until: null };
    this.#story.audit('pause', by, reason);
  }

  #decide(asked: StepDecisionRequest): void {
    const waiting = this.#waitingFor(asked);
    waiting.decision = asked;
    const { step, place } = waiting.failed;
    this.#story.audit(`step.${asked.decision}`, asked.by, `${at(step, place)}: ${asked.reason}`);
  }

  /** @throws `NotPausable` */
  #assertPausable({ by }: PauseRequest): void {
    const { state, step } = this.#story.progress;
    const why = this.#whyNotPausable(by);
    if (why === undefined && !this.#isOver && step !== 'verify') return;
    const where = step === null ? state : `${state} (${step})`;
    const message = why ?? `There is no step left to hold before: it is ${where.replaceAll('_', ' ')}.`;
    throw failure(FailureType.NotPausable, `${this.#deploymentId} cannot be paused. ${message}`);
  }

  #whyNotPausable(by: Actor): string | undefined {
    const [step] = this.#waiting.keys();
    if (step !== undefined) return `It waits for a decision about its step ${step} already.`;
    if (!this.#pause || isOnePerson(this.#pause.by, by)) return undefined;
    return `It is paused already, by ${this.#pause.by.name}: ${this.#pause.reason}`;
  }

  /** @throws `NotWaiting` */
  #assertPaused({ by }: ResumeRequest): void {
    if (this.#pause) return;
    const { state } = this.#story.progress;
    const message = `${this.#deploymentId} is not paused; it is ${state.replaceAll('_', ' ')}. There is nothing for ${by.name} to resume.`;
    throw failure(FailureType.NotWaiting, message);
  }

  /** @throws `NotWaiting`, `InvalidRequest` */
  #waitingFor({ step, decision }: Pick<StepDecisionRequest, 'step' | 'decision'>): Waiting {
    const waiting = this.#waiting.get(step);
    if (!waiting || waiting.decision) {
      const others = [...this.#waiting.values()].flatMap((one) => (one.decision ? [] : [one.failed.step]));
      const { state } = this.#story.progress;
      const instead = others.length > 0 ? `; ${others.join(' and ')} does` : '';
      const message = `The step ${step} of ${this.#deploymentId} waits for no decision${instead}. It is ${state.replaceAll('_', ' ')}.`;
      throw failure(FailureType.NotWaiting, message);
    }
    if (waiting.failed.choices.includes(decision)) return waiting;
    const message = `The step ${step} cannot be left out: ${WHY_NOT_SKIPPED[step] ?? 'nothing could go on without it'}. Retry it, or abort.`;
    throw failure(FailureType.InvalidRequest, message);
  }

  #show(): void {
    this.#sign.show(this.#why());
  }

  #why(): string | null {
    if (this.#pause) return `paused by ${this.#pause.by.name}: ${this.#pause.reason}`;
    const [first] = this.#waiting.values();
    if (!first) return null;
    const { step, place, failure: why } = first.failed;
    return `waits for a decision: ${at(step, place)} failed: ${firstPart(why.message, SHOWN)}`;
  }
}

const at = (step: DeploymentStep, place: string): string => (place === '' ? step : `${step} on ${place}`);

const WHY_NOT_SKIPPED: Partial<Record<DeploymentStep, string>> = {
  verify: 'it would be called live unseen',
  capture: 'it would not be known what to go back to',
};
