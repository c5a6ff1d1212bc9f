/** The parts of what a schedule runs: one that fails keeps no other from being done, and is seen when it goes on failing. */
import { isCancellation, log } from '@temporalio/workflow';
import { explain } from '../lib/failure-record.ts';
import { StoreRecorder } from '../reporting/store-recorder.ts';
import { TIMEOUTS } from '../lib/timeouts.ts';

export class Upkeep {
  readonly #store = new StoreRecorder();

  /**
   * @param errorOf - the error that kept some of it from being done
   * @returns `null` when it could not be done now; the next run does it
   */
  async part<T>(
    part: string,
    work: Promise<T>,
    errorOf: (done: T) => string | undefined = () => undefined,
  ): Promise<T | null> {
    try {
      const done = await work;
      const error = errorOf(done);
      if (error !== undefined) log.warn(`${part} could not be done completely`, { error });
      this.#tell(part, error ?? null);
      return done;
    } catch (error) {
      if (isCancellation(error)) throw error;
      log.warn(`${part} could not be done`, { error });
      this.#tell(part, explain(error).message);
      return null;
    }
  }

  async settle(): Promise<void> {
    await this.#store.settle(TIMEOUTS.settle.endMs);
  }

  #tell(part: string, error: string | null): void {
    this.#store.say({ kind: 'recordUpkeep', record: { part, at: Date.now(), error } });
  }
}
