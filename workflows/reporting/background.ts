import { CancellationScope, condition, isCancellation, log } from '@temporalio/workflow';

/** Work that goes on beside a workflow's own: a cancel does not reach it, and it never fails or delays anything. */
export class Background {
  #scope: CancellationScope | undefined;
  #next: (() => Promise<void>) | undefined;

  /** Begins, or begins again after what is under way; returns at once. */
  start(work: () => Promise<void>): void {
    this.#next = work;
    if (!this.#scope) void CancellationScope.nonCancellable(() => this.#run());
  }

  /**
   * Waits until it comes to rest, at most `limitMs`; then stops it, so that whoever goes on with it is the only one.
   *
   * @returns whether it came to rest by itself
   */
  async settle(limitMs: number): Promise<boolean> {
    const rested = await condition(() => !this.#scope, limitMs);
    const scope = this.#scope;
    scope?.cancel();
    // Other work may begin in the moment in which this ends.
    await condition(() => !scope || this.#scope !== scope);
    return rested;
  }

  async #run(): Promise<void> {
    const scope = new CancellationScope();
    this.#scope = scope;
    while (this.#next && !scope.consideredCancelled) {
      const work = this.#next;
      this.#next = undefined;
      await scope.run(work).catch((error: unknown) => {
        if (!isCancellation(error)) log.error('work beside the workflow failed', { error });
      });
    }
    this.#scope = undefined;
  }
}
