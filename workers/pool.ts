import type { Worker } from '@temporalio/worker';

export interface WorkerPool {
  /** Rejects when a worker stops by itself: the process should end and be started again. */
  readonly done: Promise<void>;
  /** The answer for readiness. */
  state(): { readonly ok: boolean; readonly detail: string };
  /** Lets running activities finish or be cancelled (each worker's grace time), then resolves. */
  stop(): Promise<void>;
}

/** Runs several workers as one. */
export function runWorkers(workers: readonly Worker[]): WorkerPool {
  const runs = workers.map((worker) => worker.run());
  const done = Promise.all(runs).then(() => undefined);
  // Callers of `done` or `stop` see the rejection; until then it must not end the process as an unhandled one.
  done.catch(() => undefined);
  return {
    done,
    state() {
      const idle = workers.filter((worker) => worker.getState() !== 'RUNNING');
      return idle.length === 0
        ? { ok: true, detail: `${workers.length} workers running` }
        : { ok: false, detail: idle.map((worker) => `${worker.options.taskQueue}: ${worker.getState()}`).join(', ') };
    },
    async stop() {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await Promise.allSettled(runs);
    },
  };
}
