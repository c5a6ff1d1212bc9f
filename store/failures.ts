/** Tells "the database is away" from "the query is wrong". */
import { failure } from '../contracts/core/failures.ts';

/** Node's names for a peer that cannot be reached or went away. */
const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
]);

/**
 * SQLSTATE classes (PostgreSQL manual, appendix A) after which the same work may succeed: connection exceptions,
 * lost races, insufficient resources, operator intervention (a shutdown, a failover, a cancelled statement).
 */
const PASSING_SQLSTATE = /^(?:08|40|53|57)[0-9A-Z]{3}$/;

/** pg says these without any code. */
const PASSING_WORDS =
  /Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error|Client was closed and is not queryable|Cannot use a pool after calling end/;

/** Enough for drizzle around pg around Node. */
const MAX_CAUSE_DEPTH = 5;

/**
 * Runs work on the database.
 *
 * @throws `StoreUnavailable` (retryable) when the database cannot be reached or went away underneath; every other
 * error as it is. It may have been committed all the same: whatever is run here may run twice.
 */
export async function onStore<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const reason = unavailable(error);
    if (reason === undefined) throw error;
    throw failure(
      'StoreUnavailable',
      `The database did not take the statement: ${reason}. It is tried again; check that PostgreSQL is up and has free connections.`,
    );
  }
}

/** The same functions, each run by {@link onStore}. */
export function onStoreAll<Functions extends Record<string, (...args: never[]) => Promise<unknown>>>(
  functions: Functions,
): Functions {
  const wrapped = Object.entries(functions).map(([name, run]) => [
    name,
    (...args: never[]) => onStore(() => run(...args)),
  ]);
  return Object.fromEntries(wrapped) as Functions;
}

/**
 * True when PostgreSQL refused a character of a caller's text, such as U+0000 (SQLSTATE 22021 and 22P05). Texts that we
 * keep are made storable (columns.ts); texts that are only compared with them are not.
 */
export function isUnstorable(thrown: unknown): boolean {
  return errorsOf(thrown).some(({ code = '' }) => code === '22021' || code === '22P05');
}

/** The error and its causes. */
function errorsOf(thrown: unknown): readonly Partial<NodeJS.ErrnoException>[] {
  const errors: Partial<NodeJS.ErrnoException>[] = [];
  let current = thrown;
  while (errors.length < MAX_CAUSE_DEPTH && typeof current === 'object' && current !== null) {
    const error: Partial<NodeJS.ErrnoException> = current;
    errors.push(error);
    current = error.cause;
  }
  return errors;
}

/**
 * The reason why the database is away; `undefined` when it is not. The words are the driver's, which never hold the
 * password.
 */
function unavailable(thrown: unknown): string | undefined {
  for (const { code = '', message = '', cause } of errorsOf(thrown)) {
    if (NETWORK.has(code) || PASSING_SQLSTATE.test(code)) return `${code} ${message}`.trim();
    // Drizzle repeats the query in its own message; a value in it must not be mistaken for the driver's words.
    if (cause === undefined && PASSING_WORDS.test(message)) return message;
  }
  return undefined;
}
