import { isCancellation } from '@temporalio/workflow';
import { FailureType, failureOf, isMendable } from '../../contracts/core/failures.ts';
import type { DeploymentStep, StepDecision } from '../../contracts/deployment/steps.ts';
import type { DeploymentReporter } from './deployment-reporter.ts';
import { explain } from '../lib/failure-record.ts';
import type { RunControl } from './run-control.ts';

interface Step<T> {
  readonly step: Exclude<DeploymentStep, 'release'>;
  /** Empty for a step of the whole deployment. */
  readonly place?: string;
  readonly work: () => Promise<T>;
  /** True when no user is harmed while the failed step waits for a person: only seen, never assumed. */
  readonly isHarmless?: () => Promise<boolean>;
}

/** The steps of one deployment, each of which people may hold back, or have done again when it has failed. */
export class Steps {
  readonly #story: DeploymentReporter;
  readonly #people: RunControl;

  constructor(story: DeploymentReporter, people: RunControl) {
    this.#story = story;
    this.#people = people;
  }

  /** @throws the step's error, once it is not to be done again */
  async run<T>({ step, place = '', work, isHarmless }: Step<T>): Promise<T> {
    for (;;) {
      if (this.#people.isPaused) await this.#people.holdWhilePaused();
      try {
        return await this.#story.step(step, place, work);
      } catch (error) {
        await this.#decision(step, place, error, isHarmless);
      }
    }
  }

  /**
   * The release command: no other step may be left out, and of no other does it matter how often it is done.
   *
   * @param work - gets the run of the command: another one only on a person's order
   */
  async release(place: string, work: (run: number) => Promise<void>): Promise<void> {
    for (let run = 1; ;) {
      if (this.#people.isPaused) await this.#people.holdWhilePaused();
      try {
        await this.#story.step('release', place, () => work(run));
        return;
      } catch (error) {
        if ((await this.#decision('release', place, error)) === 'skip') {
          this.#story.skip('release', place);
          return;
        }
        // Any other run is not known to have ended: it is followed.
        if (failureOf(error)?.type === FailureType.ReleaseCommandFailed) run += 1;
      }
    }
  }

  /** @throws the error, when there is no wait, or it ends without a decision to go on */
  async #decision(
    step: DeploymentStep,
    place: string,
    error: unknown,
    isHarmless?: () => Promise<boolean>,
  ): Promise<Exclude<StepDecision, 'abort'>> {
    try {
      const why = isCancellation(error) ? undefined : explain(error);
      if (!why || !this.#people.maySomebodyMend || !isMendable(why)) throw error;
      if (isHarmless && !(await isHarmless())) throw error;
      return await this.#people.decision(step, place, why);
    } catch (unmended) {
      // A step that waits beside it waits for nothing.
      this.#people.close();
      throw unmended;
    }
  }
}
