import type { Logger as PinoLogger } from 'pino';

export type Logger = Pick<PinoLogger, 'info' | 'warn' | 'error'>;

/** One line of `GET /readyz`. */
export interface Check {
  readonly ok: boolean;
  readonly detail: string;
  /** Pushes are acted on, but something else needs a person. */
  readonly warning?: boolean;
}
