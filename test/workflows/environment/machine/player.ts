/** Plays an environment's machine: what the workflow around it does, with everything that takes time left out. */
import type { FailureRecord } from '../../../../contracts/core/failures.ts';
import type {
  DeploymentRequest,
  DeploymentResult,
  LiveDeployment,
  Recalled,
} from '../../../../contracts/deployment/deployment.ts';
import type { DeploymentOutcome } from '../../../../contracts/deployment/states.ts';
import { ask, askEarly } from '../../../../workflows/environment/machine/ask.ts';
import { beginAs, carry } from '../../../../workflows/environment/machine/carry.ts';
import { ended, mended, recalled } from '../../../../workflows/environment/machine/ended.ts';
import { cancel, gone, withdraw } from '../../../../workflows/environment/machine/leave.ts';
import { isWhole, shorten } from '../../../../workflows/environment/machine/short-request.ts';
import type { Effect, State, Step } from '../../../../workflows/environment/machine/state.ts';
import { inputOf, turn, wakesAt } from '../../../../workflows/environment/machine/turn.ts';
import { OneHost } from './one-host.ts';

export const KEY = { project: 'shop', service: 'web', environment: 'production' };

interface Options {
  /** Milliseconds since the epoch. */
  readonly now?: number;
  /** True: a new run begins whenever one may. */
  readonly renews?: boolean;
  /** True: it has to read the store first. */
  readonly recalls?: boolean;
  /** True: a new run gets short requests only, as if they were too large. */
  readonly shortens?: boolean;
}

export class Player {
  state: State;
  now: number;
  /** The answers to each request. */
  readonly answers = new Map<string, DeploymentResult[]>();
  /** The deployments that ran, in order. */
  readonly ran: DeploymentRequest[] = [];
  /** The versions that went live, in order. */
  readonly lives: LiveDeployment[] = [];
  /** Rollbacks that it has ordered anew, and their ways. */
  readonly orderedAgain: Pick<Extract<Effect, { kind: 'order-again' }>, 'from' | 'to'>[] = [];
  /** The number of requests for the whole of a short one. */
  askedForWhole = 0;
  readonly host = new OneHost();
  readonly #renews: boolean;
  readonly #shortens: boolean;
  /** The release's whole request, for one that was kept short. */
  readonly #whole = new Map<string, DeploymentRequest>();

  constructor({ now = 0, renews = false, recalls = false, shortens = false }: Options = {}) {
    this.now = now;
    this.#renews = renews;
    this.#shortens = shortens;
    this.state = beginAs({ key: KEY }, { generation: 1, recalls });
  }

  /** The request under this id. */
  requested(deploymentId: string): DeploymentRequest | undefined {
    return this.#whole.get(deploymentId);
  }

  ask(request: DeploymentRequest): void {
    this.#whole.set(request.deploymentId, request);
    if (this.state.early === null) this.tell((state) => ask(state, request, this.now));
    else this.state = askEarly(this.state, request);
  }

  cancel(deploymentId: string): void {
    const asked = { deploymentId, by: { kind: 'github', name: 'ann' }, reason: '' } as const;
    const early = withdraw(this.state, asked, this.now);
    this.tell((state) => early ?? cancel(state, asked, this.now));
  }

  /** The store answers; earlier requests are heard. */
  recall(last: Recalled | null): void {
    const heard = [...this.#whole.values()];
    this.state = recalled(this.state, last);
    for (const request of heard) this.tell((state) => ask(state, request, this.now));
  }

  /** The deployment that runs ends. */
  end(outcome: DeploymentOutcome, failure?: FailureRecord): void {
    const { running } = this.state;
    if (!running) return;
    const { deploymentId } = running.request;
    const disrepair = this.host.end(deploymentId, outcome);
    const ending: DeploymentResult = {
      ...{ deploymentId, outcome, urls: [], healthAttempts: 0, leftovers: [] },
      ...(failure && { failure }),
      ...(disrepair && { disrepair }),
    };
    this.tell((state) => ended(state, ending, 'itself', this.now));
  }

  /** The host's worker is back, and what can be mended is. Never while a deployment runs, which mends by itself. */
  mend(): void {
    if (this.state.running) return;
    this.host.workerIsBack();
    this.tell((state) => ({ state, effects: [{ kind: 'mend' }] }));
  }

  /** Takes a step, and all that follows from it by itself. */
  tell(step: (state: State) => Step): void {
    this.#take(step(this.state));
    this.#goOn();
  }

  /** Time goes on: it sleeps until time changes something, and then looks again. */
  pass(until: number): void {
    for (let at = this.#wakesAt; at !== null && at <= until; at = this.#wakesAt) {
      if (at <= this.now) throw new Error(`It would look again at once, for ever: ${String(at)}`);
      this.now = at;
      this.#goOn();
    }
    this.now = until;
  }

  /** A new run begins, if one may: while a deployment runs, its state only goes through what plain data survives. */
  renew(): void {
    const { state } = this;
    if (state.running) {
      this.state = throughJson(state);
      return;
    }
    const { waiting, ...carried } = throughJson(carry(state, {}, this.now));
    const given = this.#shortens ? waiting?.map(shorten) : waiting;
    this.state = beginAs({ ...carried, ...(given && { waiting: given }) }, { generation: -1, recalls: false });
  }

  get #wakesAt(): number | null {
    return this.state.running ? null : wakesAt(this.state, this.now);
  }

  #goOn(): void {
    if (this.state.early !== null) return;
    for (let step = turn(this.state, this.now); step; step = turn(this.state, this.now)) this.#take(step);
    if (this.#renews) this.renew();
  }

  #take({ state, effects }: Step): void {
    const wasLive = this.state.live?.deploymentId;
    const wasRunning = this.state.running;
    this.state = state;
    if (state.live && state.live.deploymentId !== wasLive) this.lives.push(state.live);
    for (const effect of effects) this.#perform(effect, wasRunning !== null);
  }

  #perform(effect: Effect, wasRunning: boolean): void {
    if (effect.kind === 'answer') {
      const { deploymentId } = effect.request;
      this.answers.set(deploymentId, [...(this.answers.get(deploymentId) ?? []), effect.ending]);
    } else if (effect.kind === 'run') {
      if (wasRunning) throw new Error('Two would run at once.');
      this.ran.push(effect.request);
      this.host.begin(inputOf(this.state, effect.request, this.state.generation));
    } else if (effect.kind === 'mend') {
      for (const repair of this.state.repairs) {
        if (this.host.mend(repair)) this.#take(mended(this.state, repair, this.now));
      }
    } else if (effect.kind === 'order-again') {
      this.orderedAgain.push({ from: effect.from, to: effect.to });
    } else if (effect.kind === 'stop') {
      this.end('cancelled');
    } else if (effect.kind === 'ask-for-whole') {
      const { deploymentId } = effect.request;
      this.askedForWhole += 1;
      const whole = this.#whole.get(deploymentId);
      this.#take(whole && isWhole(whole) ? ask(this.state, whole, this.now) : gone(this.state, deploymentId));
    }
  }
}

const throughJson = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
