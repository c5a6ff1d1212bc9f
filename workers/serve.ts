/** A program of Landfall's that serves until it is stopped. */
export interface Serving {
  /** Rejects when it cannot go on. */
  readonly done: Promise<unknown>;
  stop(): Promise<void>;
}

/**
 * Runs this process as that program: ends with 0 on SIGTERM and SIGINT, once it has stopped, and with 1 and the error's
 * words when it does not start or cannot go on. Where the process that started it keeps a channel open to it, it also
 * stops when that process is gone, however it ended.
 *
 * @param start - starts it, and resolves once it serves
 */
export async function serve(start: () => Promise<Serving>): Promise<void> {
  let running: Serving | undefined;
  const stop = () => {
    if (running) void running.stop().then(() => process.exit(0));
    else process.exit(1);
  };
  for (const end of ['disconnect', 'SIGTERM', 'SIGINT']) process.once(end, stop);
  try {
    running = await start();
    await running.done;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}

/** One line that a program which started this one reads. */
export const sayReady = (facts: object): void =>
  void process.stdout.write(`${JSON.stringify({ ready: true, ...facts })}\n`);
