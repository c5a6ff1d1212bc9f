/** A program of Landfall's that serves until it is stopped. */
export interface Serving {
  /** Rejects when it cannot go on. */
  readonly done: Promise<unknown>;
  stop(): Promise<void>;
}

/**
 * Runs this process as that program: ends with 0 on SIGTERM and SIGINT, once it has stopped, and with 1 and the error's
 * words when it does not start or cannot go on.
 *
 * @param start - starts it, and resolves once it serves
 */
export async function serve(start: () => Promise<Serving>): Promise<void> {
  try {
    const running = await start();
    const stop = () => void running.stop().then(() => process.exit(0));
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
    await running.done;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}

/** One line that a program which started this one reads. */
export const sayReady = (facts: object): void =>
  void process.stdout.write(`${JSON.stringify({ ready: true, ...facts })}\n`);
