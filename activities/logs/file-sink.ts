/** Logs as files: one a stream, one JSON {@link LogLine} a line. */
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogLine } from '../../contracts/deployment/logs.ts';
import type { LogSink } from './log-sink.port.ts';
import { isStreamName } from './stream-name.ts';

interface FileLogSinkOptions {
  /** Told about every loss, once per batch; a log that cannot be written never fails the work. */
  readonly onError?: (error: Error) => void;
}

/**
 * Appends to `{dir}/{stream}.log`. Every batch is one write to a file opened for appending, so two processes that write
 * to the same stream interleave whole lines. A line that a crash tore off stays a line of its own.
 */
export function createFileLogSink(dir: string, { onError = () => undefined }: FileLogSinkOptions = {}): LogSink {
  const streams = new Map<string, Promise<void>>();

  async function write(stream: string, lines: readonly LogLine[]): Promise<void> {
    const file = join(dir, `${stream}.log`);
    try {
      await mkdir(dir, { recursive: true });
      await appendLines(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    } catch (error) {
      onError(new Error(`${lines.length} log lines of ${stream} could not be written to ${file}`, { cause: error }));
    }
  }

  return {
    async append(stream, lines) {
      if (!isStreamName(stream)) {
        onError(new Error(`${JSON.stringify(stream.slice(0, 100))} is not the name of a log; its lines were dropped`));
        return;
      }
      if (lines.length === 0) return;
      const written = (streams.get(stream) ?? Promise.resolve()).then(() => write(stream, lines));
      streams.set(stream, written);
      await written;
      // Nobody followed: forget the stream, there will be thousands.
      if (streams.get(stream) === written) streams.delete(stream);
    },
  };
}

async function appendLines(file: string, text: string): Promise<void> {
  const handle = await open(file, 'a+');
  try {
    const { size } = await handle.stat();
    const { buffer } = await handle.read({ buffer: Buffer.alloc(1), position: Math.max(0, size - 1) });
    const torn = size > 0 && buffer.toString() !== '\n';
    await handle.appendFile(torn ? `\n${text}` : text);
  } finally {
    await handle.close();
  }
}
