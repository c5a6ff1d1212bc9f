import { CancellationScope, allHandlersFinished, condition, isCancellation, log } from '@temporalio/workflow';
import type { DeploymentRequest } from '../../contracts/deployment/deployment.ts';
import type { DestroyInput } from '../../contracts/deployment/environment.ts';
import { TIMEOUTS } from '../lib/timeouts.ts';
import { explain } from '../lib/failure-record.ts';
import { StoreRecorder } from '../reporting/store-recorder.ts';
import { answer, answerFollower, orderAgain } from './answer.ts';
import { askForWhole } from './ask-for-whole.ts';
import { FailureIssues } from './failure-issues.ts';
import type { EnvironmentInput, Unsaid } from './machine/carry.ts';
import { destroyed } from './machine/destruction.ts';
import { ended, mended } from './machine/ended.ts';
import { gone } from './machine/leave.ts';
import { lost, result } from './machine/outcomes.ts';
import { isWhole } from './machine/short-request.ts';
import type { Effect } from './machine/state.ts';
import type { Machine } from './running-machine.ts';
import { inputOf } from './machine/turn.ts';
import { Mending } from './mending.ts';
import { PageTurner } from './page-turner.ts';
import { runDeployment } from './run-deployment.ts';
import { runDestruction } from './run-destruction.ts';
import { ShownDeployments } from './shown-deployments.ts';

/** Carries out what the steps of an environment ask for. */
export class Effects {
  readonly #machine: Machine;
  readonly #store: StoreRecorder;
  readonly #shown: ShownDeployments;
  readonly #issues: FailureIssues;
  readonly #mending: Mending;
  readonly #pages: PageTurner;
  #scope: CancellationScope | undefined;

  constructor({ untold, unshown = [], waiting = [], ...input }: EnvironmentInput, machine: Machine) {
    this.#machine = machine;
    this.#store = new StoreRecorder(untold);
    this.#shown = new ShownDeployments(waiting, unshown, this.#store);
    this.#issues = new FailureIssues(input);
    this.#mending = new Mending((repair) => void machine.take((state) => mended(state, repair, Date.now())));
    this.#pages = new PageTurner(machine);
  }

  /** @returns a promise only where it takes time */
  perform(effect: Effect): Promise<void> | undefined {
    switch (effect.kind) {
      case 'answer':
        return answer(effect.request, effect.ending);
      case 'tell':
        this.#store.say(...effect.tellings);
        return undefined;
      case 'show-waiting':
        this.#shown.wait(effect.request, effect.why);
        return undefined;
      case 'show-ending':
        return this.#shown.end(effect);
      case 'show-refusal':
        log.error('a request is refused', { failure: effect.ending.failure });
        return this.#shown.refuse(effect.request, effect.ending);
      case 'run':
        return this.#run(effect.request);
      case 'stop':
        if (this.#machine.state().running?.request.deploymentId === effect.deploymentId) this.#scope?.cancel();
        return undefined;
      case 'ask-for-whole':
        return this.#askForWhole(effect);
      case 'order-again':
        return orderAgain(effect.request, effect.from, effect.to);
      case 'destroy':
        return this.#destroy(effect.input);
      case 'tell-follower':
        return answerFollower(effect.follower, { key: this.#machine.state().key, by: effect.by, left: effect.left });
      case 'mend':
        this.#mending.start(this.#machine.state().repairs);
        return undefined;
      case 'turn-pages':
        this.#pages.start();
        return undefined;
      case 'note-issue':
        this.#issues.note(effect.request, effect.ending, effect.before);
        return undefined;
      case 'note-news':
        this.#issues.noteNews(effect.news);
        return undefined;
    }
  }

  async #run(request: DeploymentRequest): Promise<void> {
    const { state, take } = this.#machine;
    const { generation } = state();
    const scope = new CancellationScope();
    this.#scope = scope;
    const { ending, by } = await scope
      .run(async () => {
        if (this.#mending.isBusy) await this.#mending.stop();
        await this.#pages.beforeDeployment(request.environment.target.places);
        const input = inputOf(state(), request, generation);
        return runDeployment({ ...input, ...(await this.#shown.handOver(request)) });
      })
      .then(
        (told) => ({ ending: told, by: 'itself' as const }),
        (error: unknown) => speakFor(request, error),
      );
    if (by === 'itself') this.#shown.forget(request);
    await take((now) => ended(now, ending, by, Date.now()));
  }

  async #destroy(input: DestroyInput): Promise<void> {
    if (this.#mending.isBusy) await this.#mending.stop();
    if (this.#pages.isBusy) await this.#pages.stop();
    // What was reported of it so far is not to come after its end.
    await this.#store.settle(TIMEOUTS.settle.endMs);
    const outcome = await runDestruction(input);
    await this.#machine.take((now) => destroyed(now, outcome, Date.now()));
  }

  async #askForWhole({ request }: Extract<Effect, { kind: 'ask-for-whole' }>): Promise<void> {
    const { state, take } = this.#machine;
    const { deploymentId } = request;
    const isOver = () => {
      const kept = state().waiting.find((one) => one.deploymentId === deploymentId);
      return kept === undefined || isWhole(kept);
    };
    if (!(await askForWhole(request, isOver))) await take((now) => gone(now, deploymentId));
  }

  /** Waits, bounded, until all reports are through. */
  async settle(): Promise<void> {
    if (this.#mending.isBusy) await this.#mending.stop();
    await this.#pages.settle();
    await Promise.all([
      this.#store.settle(TIMEOUTS.settle.newRunMs),
      this.#shown.settle(TIMEOUTS.settle.newRunMs, this.#machine.state().waiting),
      this.#issues.settle(),
    ]);
    await condition(allHandlersFinished);
  }

  /** The reports that are not through yet. */
  get unsaid(): Required<Pick<Unsaid, 'untold'>> & Unsaid {
    const unshown = this.#shown.unshownOf(this.#machine.state().waiting);
    return { untold: this.#store.untold, ...(unshown.length > 0 && { unshown }), ...this.#issues.state };
  }
}

/** The end of a deployment that cannot tell of it: it was cancelled before it began, or ended by force. */
const speakFor = (request: DeploymentRequest, error: unknown) =>
  isCancellation(error)
    ? { ending: result(request, 'cancelled'), by: 'never-begun' as const }
    : { ending: lost(request, explain(error).message), by: 'lost' as const };
