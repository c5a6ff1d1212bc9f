import { watch, type FSWatcher } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createWakeUp } from './wake-up.ts';
import { readLog, type LogChunk } from './read.ts';

/** File events are a hint that some file systems do not give; looking again is what can be relied on. */
const POLL_MS = 1_000;
/** A busy log is read in portions instead of line by line. */
const PAUSE_MS = 100;
/** Proxies close connections on which nothing moves for 30 to 60 s. */
const KEEP_ALIVE_MS = 15_000;

interface FollowOptions {
  readonly file: string;
  /** Offset in bytes. */
  readonly from: number;
  /** True when the writer of the log has ended. Called while nothing is written. */
  readonly hasEnded: () => Promise<boolean>;
  readonly signal: AbortSignal;
}

/**
 * The log's lines as they are written, from `from` on, until it has ended and stayed quiet for a moment (the last
 * lines travel separately from the news of the end). An empty chunk says nothing but "still here". Aborting ends it at once.
 */
export async function* followLog({ file, from, hasEnded, signal }: FollowOptions): AsyncGenerator<LogChunk> {
  const changed = createWakeUp();
  const isGone = () => signal.aborted;
  const aborted = () => {
    changed.raise();
  };
  signal.addEventListener('abort', aborted);
  let watcher: FSWatcher | undefined;
  let offset = from;
  let heardAt = performance.now();
  let over = false;
  let grew = false;
  try {
    while (!isGone()) {
      watcher ??= tryWatch(file, () => changed.raise());
      const knownOver = over;
      // Called before reading, so that lines from before the end are read after it; and only when it is quiet.
      if (!over && !grew) over = await hasEnded();
      grew = false;
      for await (const chunk of readLog(file, offset)) {
        offset = chunk.end;
        grew = true;
        heardAt = performance.now();
        yield chunk;
        if (isGone()) return;
      }
      if (knownOver && !grew) return;
      if (performance.now() - heardAt > KEEP_ALIVE_MS) {
        heardAt = performance.now();
        yield { lines: [], end: offset };
      }
      if (grew) await sleep(PAUSE_MS);
      await changed.wait(POLL_MS);
    }
  } finally {
    signal.removeEventListener('abort', aborted);
    watcher?.close();
  }
}

/** `undefined` while the file is not there, or where files cannot be watched. */
function tryWatch(file: string, onChange: () => void): FSWatcher | undefined {
  try {
    return watch(file, onChange).on('error', onChange);
  } catch {
    return undefined;
  }
}
