/**
 * Reads landfall.yaml in a thread of its own, with a deadline. The main thread serves the API, the inbox and every
 * heartbeat, and the text may be from a stranger's pull request.
 */
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { readLandfallYaml, type ReadLandfallYaml, type ReadResult } from '../contracts/config/landfall-yaml.ts';

interface YamlReaderOptions {
  /** From the thread's taking a text to its answer. */
  readonly deadlineMs?: number;
  /** Another thread, for tests: it says `ready`, takes texts and answers each. */
  readonly thread?: URL;
}

/** Most files are smaller; reading one of this size takes a few milliseconds, whatever it holds. */
const SMALL_CHARACTERS = 4_096;
/** The largest file takes a fiftieth of it on an idle machine. */
const DEADLINE_MS = 5_000;
/** Loading the parser, on a machine that builds images meanwhile. */
const START_MS = 30_000;
/** A thread takes some 30 MB, and large files are rare. */
const IDLE_MS = 30_000;
/** Reading the largest file takes a quarter of it. */
const RESOURCES = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16 } as const;

/** Compiled, the thread stands beside this file under the same ending. */
const THREAD = new URL(import.meta.url.endsWith('.ts') ? './yaml-thread.ts' : './yaml-thread.js', import.meta.url);

/** One text at a time; a thread that had to be ended is replaced. */
export function createYamlReader({ deadlineMs = DEADLINE_MS, thread = THREAD }: YamlReaderOptions = {}) {
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
    const worker = new Worker(thread, { env: {}, resourceLimits: RESOURCES });
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

  async function readInThread(text: string): Promise<ReadResult> {
    clearTimeout(idle);
    const worker = await (running ??= start().catch((error: unknown) => {
      running = undefined;
      throw error;
    }));
    try {
      worker.ref();
      const answer = answerOf(worker, deadlineMs);
      worker.postMessage(text);
      const result = (await answer) as ReadResult;
      worker.unref();
      idle = setTimeout(() => void end(), IDLE_MS).unref();
      return result;
    } catch (error) {
      await end();
      const why = isOutOfMemory(error) ? 'takes too much memory' : error instanceof Late ? 'takes too long' : undefined;
      if (why === undefined) throw error;
      // An answer about the text: the same text would end in the same way.
      return { ok: false, problems: [{ line: 1, column: 1, path: '', message: `reading it ${why}: make it smaller` }] };
    }
  }

  const read: ReadLandfallYaml = async (text) => {
    if (text.length <= SMALL_CHARACTERS) return readLandfallYaml(text);
    const result = line.then(() => readInThread(text));
    line = result.catch(() => undefined);
    return result;
  };

  return { read, close: end };
}

class Late extends Error {}

const isOutOfMemory = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';

/** The thread's next word. @throws {@link Late}, or whatever ended the thread */
async function answerOf(worker: Worker, withinMs: number): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const onExit = () => reject(new Error('The thread that reads landfall.yaml ended by itself.'));
  worker.once('message', resolve).once('error', reject).once('exit', onExit);
  // Where this thread was held up itself, the answer has come meanwhile: it is taken first.
  const timer = setTimeout(() => void setImmediate().then(() => reject(new Late('no answer in time'))), withinMs);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    worker.off('message', resolve).off('error', reject).off('exit', onExit);
  }
}
