/** Logs that this process keeps itself, where the control plane keeps those of other hosts. */
import { type LogLine, type LogStream, parseLogStream } from '../../contracts/deployment/logs.ts';
import type { LogSink } from './log-sink.port.ts';

interface FileLogSinkOptions {
  /**
   * Appends whole lines to the log's file.
   * @returns `false` when the log is full
   */
  readonly append: (stream: LogStream, lines: readonly LogLine[]) => Promise<boolean>;
  /** Is called for every loss, once per batch; a log that cannot be written never fails the work. */
  readonly onError: (error: Error) => void;
}

/** One batch after the other, so that each log keeps its order. */
export function createFileLogSink({ append, onError }: FileLogSinkOptions): LogSink {
  const streams = new Map<string, Promise<void>>();

  async function write(name: string, stream: LogStream, lines: readonly LogLine[]): Promise<void> {
    try {
      if (!(await append(stream, lines)))
        onError(new Error(`The log ${name} is full; ${lines.length} lines were dropped`));
    } catch (error) {
      onError(new Error(`${lines.length} log lines of ${name} could not be written`, { cause: error }));
    }
  }

  return {
    async append(name, lines) {
      const stream = parseLogStream(name);
      if (!stream) {
        onError(notALog(name));
        return;
      }
      if (lines.length === 0) return;
      const written = (streams.get(name) ?? Promise.resolve()).then(() => write(name, stream, lines));
      streams.set(name, written);
      await written;
      // Nothing followed: forget the stream, there will be thousands.
      if (streams.get(name) === written) streams.delete(name);
    },
  };
}

export const notALog = (name: string): Error =>
  new Error(`${JSON.stringify(name.slice(0, 100))} is not the name of a log; its lines were dropped`);
