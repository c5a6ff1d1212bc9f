/**
 * Reads landfall.yaml in a thread of its own, with a deadline. The main thread serves the API, the inbox and every
 * heartbeat, and the text may be from a stranger's pull request.
 */
import { readLandfallYaml, type ReadLandfallYaml, type ReadResult } from '../contracts/config/landfall-yaml.ts';
import type { OtherName } from '../contracts/config/other-names.ts';
import { createReadingThread, threadBeside, Unreadable } from './reading-thread.ts';

/** One request to the thread. */
export interface YamlToRead {
  readonly text: string;
  readonly names: readonly OtherName[];
}

interface YamlReaderOptions {
  /** From the thread's taking a text to its answer. */
  readonly deadlineMs?: number;
  /** Another thread, for tests: it says `ready`, takes each {@link YamlToRead} and answers it. */
  readonly thread?: URL;
}

/** Most files are smaller; reading one of this size takes a few milliseconds, whatever it holds. */
const SMALL_CHARACTERS = 4_096;
/** The largest file takes a fiftieth of it on an idle machine. */
const DEADLINE_MS = 5_000;
/** Reading the largest file takes a quarter of it. */
const RESOURCES = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16 } as const;

const THREAD = threadBeside(import.meta.url, './yaml-thread');

/** One text at a time; a thread that had to be ended is replaced. */
export function createYamlReader({ deadlineMs = DEADLINE_MS, thread = THREAD }: YamlReaderOptions = {}) {
  const reading = createReadingThread<YamlToRead, ReadResult>({ thread, deadlineMs, resources: RESOURCES });
  const read: ReadLandfallYaml = async (text, names = []) => {
    if (text.length <= SMALL_CHARACTERS) return readLandfallYaml(text, { names });
    try {
      return await reading.ask({ text, names });
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      // An answer about the text: the same text would end in the same way.
      const message = `reading it ${error.message}: make it smaller`;
      return { ok: false, problems: [{ line: 1, column: 1, path: '', message }] };
    }
  };
  return { read, close: async () => reading.close() };
}
