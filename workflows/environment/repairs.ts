import { CancellationScope, isCancellation, log, sleep } from '@temporalio/workflow';
import type {
  DeploymentRequest,
  DeploymentResult,
  EnvironmentState,
  Repair,
} from '../../contracts/deployment/deployment.ts';
import { FailureType, failureOf } from '../../contracts/core/failures.ts';
import { howManyFit } from '../lib/bounded.ts';
import { mendHost } from '../deployment/target-place.ts';
import { settled } from '../lib/all-settled.ts';
import { targetOf } from '../deployment/target-request.ts';

/** Each lasts a day at most; who has not mended the host by then has to deploy again. */
const MAX_TRIES = 7;
const TRY_AGAIN = '10 minutes';
/** Of what a new run is given to mend with. */
const MAX_CARRIED_BYTES = 300_000;
const MAX_WHY = 500;

/**
 * The places of an environment at which something else may run than what is live. They are mended beside its work, as
 * soon as their worker takes it up, and never while a deployment runs: that mends them itself.
 */
export class Repairs {
  readonly #onMended: (repair: Repair) => void;
  #open: readonly Repair[];
  #scope: CancellationScope | undefined;
  #work: Promise<unknown> = Promise.resolve();

  /** @param open - what an earlier run has not mended */
  constructor(open: readonly Repair[], onMended: (repair: Repair) => void) {
    this.#open = open;
    this.#onMended = onMended;
  }

  get open(): readonly Repair[] {
    return this.#open;
  }

  /** What the next run is given. What does not fit is shown there, and mended by the next deployment only. */
  get carried(): readonly Repair[] {
    const count = howManyFit(this.#open, MAX_CARRIED_BYTES);
    return this.#open.map((one, index) => (index < count ? one : { place: one.place, why: one.why.slice(0, MAX_WHY) }));
  }

  get state(): Pick<EnvironmentState, 'split'> {
    return this.#open.length === 0 ? {} : { split: this.#open.map(({ place, why }) => ({ place, why })) };
  }

  /** After a deployment. */
  note(request: DeploymentRequest, generation: number, { outcome, disrepair }: DeploymentResult): void {
    const undo = targetOf({ request, generation });
    if (disrepair) this.#open = disrepair.map((one) => ({ ...one, ...(one.before && { undo }) }));
    else if (outcome === 'live' || outcome === 'rolled_back') this.#open = [];
    // However else it ended, it may have raised the fence, and may have mended them: they are mended again in its name,
    // which does no harm.
    else this.#open = this.#open.map((one) => ({ ...one, ...(one.before && { undo }) }));
  }

  /** Begins with what can be mended; returns at once. */
  start(): void {
    if (this.#scope || !this.#open.some(isMendable)) return;
    const scope = new CancellationScope();
    this.#scope = scope;
    this.#work = scope
      .run(() => settled(this.#open.map((repair) => this.#mend(repair))))
      .catch((error: unknown) => {
        if (!isCancellation(error)) log.error('a place could not be mended', { error });
      })
      .finally(() => (this.#scope = undefined));
  }

  get isBusy(): boolean {
    return this.#scope !== undefined;
  }

  /** Ends what is under way; waits until nothing is, so that whoever goes on is the only one. */
  async stop(): Promise<void> {
    this.#scope?.cancel();
    await this.#work;
  }

  async #mend(repair: Repair): Promise<void> {
    const { place, undo, before } = repair;
    if (!undo || !before) return;
    for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
      try {
        await mendHost(place, undo, before);
        this.#open = this.#open.filter((one) => one !== repair);
        this.#onMended(repair);
        return;
      } catch (error) {
        if (isCancellation(error)) throw error;
        log.warn('a place is not mended yet', { error, place, tries });
        // Somebody newer was there.
        if (failureOf(error)?.type === FailureType.StaleGeneration) return;
        await sleep(TRY_AGAIN);
      }
    }
  }
}

const isMendable = ({ undo, before }: Repair): boolean => undo !== undefined && before !== undefined;
