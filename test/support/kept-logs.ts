import { createFileLogSink } from '../../activities/logs/file-sink.ts';
import type { LogSink } from '../../activities/logs/log-sink.port.ts';
import { appendLog } from '../../api/logs/append.ts';
import { logFile } from '../../api/logs/file.ts';

/** Logs as the control plane keeps its own. */
export const keepLogs = (dir: string, onError: (error: Error) => void = () => undefined): LogSink =>
  createFileLogSink({ append: (stream, lines) => appendLog(logFile(dir, stream), lines), onError });
