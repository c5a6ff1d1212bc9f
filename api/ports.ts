import type { Logger as PinoLogger } from 'pino';
import type { EnvironmentKey } from '../contracts/core/keys.ts';
import type { RollbackTarget } from '../contracts/http/people.ts';

export type Logger = Pick<PinoLogger, 'info' | 'warn' | 'error'>;

/** One line of `GET /readyz`. */
export interface Check {
  readonly ok: boolean;
  readonly detail: string;
  /** Pushes are acted on, but something else needs a person. */
  readonly warning?: boolean;
}

/** The versions that one environment can be rolled back to, newest first. */
export type RollbackTargets = (key: EnvironmentKey) => Promise<RollbackTarget[]>;
