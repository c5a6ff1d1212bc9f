/** The port through which activities write their logs for people. */
import type { LogLine } from '../../contracts/deployment/logs.ts';

export interface LogSink {
  /**
   * Appends to one stream (see `logStream` in contracts/deployment/logs.ts), in order. Secrets must be masked before.
   * Losing the log never fails the work: implementations swallow and report their own errors.
   */
  append(stream: string, lines: readonly LogLine[]): Promise<void>;
}
