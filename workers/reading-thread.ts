/** A thread that reads strangers' text, one at a time and with a deadline, while the main thread serves everything else. */
import { setImmediate } from 'node:timers/promises';
import { Worker, type ResourceLimits } from 'node:worker_threads';
import { failure } from '../contracts/core/failures.ts';

interface ThreadOptions {
  /** The thread's program: it sends `ready`, takes messages and answers each with one. */
  readonly thread: URL;
  /** From the thread's taking a message to its answer. */
  readonly deadlineMs: number;
  readonly resources: ResourceLimits;
  /** Loading the parser, on a machine that builds images meanwhile. */
  readonly startMs?: number;
}

export interface ReadingThread<In, Out> {
  /** @throws {@link Unreadable} when the text is the reason; `ReaderUnavailable` when no thread starts; whatever ended it otherwise */
  ask(message: In): Promise<Out>;
  /** Ends the thread. Another text would begin another one. */
  close(): Promise<void>;
}

/** The text takes too long or too much memory; the same text would end in the same way. */
export class Unreadable extends Error {}

const START_MS = 30_000;
/** A thread takes some 30 MB, and large texts are rare. */
const IDLE_MS = 30_000;

/** One message at a time; a thread that had to be ended is replaced. */
export function createReadingThread<In, Out>({
  thread,
  deadlineMs,
  resources,
  startMs = START_MS,
}: ThreadOptions): ReadingThread<In, Out> {
  let running: Promise<Worker> | undefined;
  let line: Promise<unknown> = Promise.resolve();
  let idle: NodeJS.Timeout | undefined;

  async function end(): Promise<void> {
    const ending = running;
    running = undefined;
    clearTimeout(idle);
    await ending?.then((worker) => worker.terminate()).catch(() => undefined);
  }

  async function start(): Promise<Worker> {
    // No environment: it holds secrets, and the thread has no use for any of it.
    const worker = new Worker(thread, { env: {}, resourceLimits: resources });
    try {
      await answerOf(worker, startMs);
    } catch (error) {
      await worker.terminate();
      // It has seen no text yet, so none is the reason.
      throw failure(
        'ReaderUnavailable',
        'The thread that reads large texts did not start, as on a machine that is too busy. Send it again.',
        error instanceof Error ? { cause: error } : {},
      );
    }
    worker.unref();
    // An idle thread has no other listener, and an error without a listener would end the process.
    worker.on('error', () => undefined);
    return worker;
  }

  function startNext(): Promise<Worker> {
    const next = start();
    running = next;
    // While one ends the next may have begun: each takes back only itself.
    const forget = () => {
      if (running === next) running = undefined;
    };
    void next.then((worker) => worker.once('exit', forget), forget);
    return next;
  }

  async function ask(message: In): Promise<Out> {
    clearTimeout(idle);
    const worker = await (running ?? startNext());
    try {
      worker.ref();
      const answer = answerOf(worker, deadlineMs);
      worker.postMessage(message);
      const result = (await answer) as Out;
      worker.unref();
      idle = setTimeout(() => void end(), IDLE_MS).unref();
      return result;
    } catch (error) {
      await worker.terminate();
      throw isOutOfMemory(error) ? new Unreadable('takes too much memory') : error;
    }
  }

  return {
    async ask(message) {
      const result = line.then(() => ask(message));
      line = result.catch(() => undefined);
      return result;
    },
    close: end,
  };
}

/** The thread's file beside that of `here`: compiled, it has the same ending. */
export const threadBeside = (here: string, name: string): URL =>
  new URL(`${name}${here.endsWith('.ts') ? '.ts' : '.js'}`, here);

const isOutOfMemory = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';

/** The thread's next message. @throws {@link Unreadable} after the deadline, or the error that ended the thread */
async function answerOf(worker: Worker, withinMs: number): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const onExit = () => reject(new Error('The thread that reads texts ended by itself.'));
  worker.once('message', resolve).once('error', reject).once('exit', onExit);
  // If this thread itself was held up, the answer has arrived meanwhile and is taken first.
  const timer = setTimeout(() => void setImmediate().then(() => reject(new Unreadable('takes too long'))), withinMs);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    worker.off('message', resolve).off('error', reject).off('exit', onExit);
  }
}
