/** A thread that reads strangers' text, one at a time and with a deadline, while the main thread serves everything else. */
import { setImmediate } from 'node:timers/promises';
import { Worker, type ResourceLimits } from 'node:worker_threads';

interface ThreadOptions {
  /** It says `ready`, takes messages and answers each with one. */
  readonly thread: URL;
  /** From the thread's taking a message to its answer. */
  readonly deadlineMs: number;
  readonly resources: ResourceLimits;
}

export interface ReadingThread<In, Out> {
  /** @throws {@link Unreadable} when the text is the reason; whatever ended the thread otherwise */
  ask(message: In): Promise<Out>;
  close(): Promise<void>;
}

/** The text takes too long or too much memory; the same text would end in the same way. */
export class Unreadable extends Error {}

/** Loading the parser, on a machine that builds images meanwhile. */
const START_MS = 30_000;
/** A thread takes some 30 MB, and large texts are rare. */
const IDLE_MS = 30_000;

/** One message at a time; a thread that had to be ended is replaced. */
export function createReadingThread<In, Out>({ thread, deadlineMs, resources }: ThreadOptions): ReadingThread<In, Out> {
  let running: Promise<Worker> | undefined;
  let current: Worker | undefined;
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
      await answerOf(worker, START_MS);
    } catch (error) {
      await worker.terminate();
      throw error;
    }
    worker.unref();
    // Between two texts nobody else listens, and an error without a listener would end the process.
    worker.on('error', () => undefined);
    worker.once('exit', () => {
      if (current === worker) running = current = undefined;
    });
    current = worker;
    return worker;
  }

  async function ask(message: In): Promise<Out> {
    clearTimeout(idle);
    const worker = await (running ??= start().catch((error: unknown) => {
      running = undefined;
      throw error;
    }));
    try {
      worker.ref();
      const answer = answerOf(worker, deadlineMs);
      worker.postMessage(message);
      const result = (await answer) as Out;
      worker.unref();
      idle = setTimeout(() => void end(), IDLE_MS).unref();
      return result;
    } catch (error) {
      await end();
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

/** The thread's next word. @throws {@link Unreadable} after the deadline, or whatever ended the thread */
async function answerOf(worker: Worker, withinMs: number): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const onExit = () => reject(new Error('The thread that reads texts ended by itself.'));
  worker.once('message', resolve).once('error', reject).once('exit', onExit);
  // Where this thread was held up itself, the answer has come meanwhile: it is taken first.
  const timer = setTimeout(() => void setImmediate().then(() => reject(new Unreadable('takes too long'))), withinMs);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    worker.off('message', resolve).off('error', reject).off('exit', onExit);
  }
}
