/** One logger for the process: JSON lines on stderr, Temporal's own included. */
import { Runtime } from '@temporalio/worker';
import type { LogLevel, LogMetadata } from '@temporalio/worker';
import { pino } from 'pino';
import type { Logger } from 'pino';

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

export function createLogger(level: string): Logger {
  return pino({ level, base: {} }, pino.destination({ fd: 2, sync: true }));
}

/** Has Temporal's runtime log through ours. Once per process, before anything connects. */
export function logTemporalTo(logger: Logger): void {
  const log = (level: LogLevel, message: string, meta: LogMetadata = {}) => {
    // pino serialises `err` with its stack and causes.
    const { error, ...rest } = meta;
    logger[LEVELS[level]]({ ...rest, ...(error !== undefined && { err: error }) }, message);
  };
  Runtime.install({
    shutdownSignals: [],
    logger: {
      log,
      trace: (message, meta) => log('TRACE', message, meta),
      debug: (message, meta) => log('DEBUG', message, meta),
      info: (message, meta) => log('INFO', message, meta),
      warn: (message, meta) => log('WARN', message, meta),
      error: (message, meta) => log('ERROR', message, meta),
    },
    // Its native core would write to the console by itself otherwise, in a form of its own.
    telemetryOptions: { logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} } },
  });
}
