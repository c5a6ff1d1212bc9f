/**
 * Errors as HTTP callers see them: `application/problem+json` (RFC 9457). Handlers throw {@link HttpProblem};
 * whatever else arrives here is turned into one that says what to do, and never shows an internal.
 */
import { WorkflowFailedError } from '@temporalio/client';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { STATUS_CODES } from 'node:http';
import type { Problem } from '../../contracts/http/api.ts';
import { failureFacts, failureOf } from '../../contracts/core/failures.ts';
import { isUnstorable, onStore } from '../../store/failures.ts';
import type { Logger } from '../ports.ts';
import { isUnreachable } from './temporal-errors.ts';

export type ProblemStatus =
  | 400
  | 401
  | 403
  | 404
  | 405
  | 409
  | 411
  | 413
  | 415
  | 422
  | 424
  | 429
  | 500
  | 502
  | 503
  | 504;

/** What a problem says to programs beyond what every problem says. */
export type ProblemMembers = Pick<Problem, 'state'>;

/** Thrown by handlers. `detail` says what was wrong and what to do; it is shown as it is, so it holds no secret. */
export class HttpProblem extends Error {
  readonly status: ProblemStatus;
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly more: ProblemMembers;

  constructor(
    status: ProblemStatus,
    type: string,
    detail: string,
    headers: Readonly<Record<string, string>> = {},
    more: ProblemMembers = {},
  ) {
    super(detail);
    this.name = 'HttpProblem';
    this.status = status;
    this.type = type;
    this.headers = headers;
    this.more = more;
  }
}

export const notFound = (detail: string): HttpProblem => new HttpProblem(404, 'NotFound', detail);

/** How long a caller should wait when something behind us is away. It is about what our own backoff takes. */
const RETRY_AFTER = { 'retry-after': '5' };

export const temporalAway = (attempted: string): HttpProblem =>
  new HttpProblem(
    503,
    'TemporalUnavailable',
    `Could not ${attempted}: the Temporal server does not answer. Try again in a few seconds; GET /readyz says more.`,
    RETRY_AFTER,
  );

/** Names the problem underneath any error. Only what nobody foresaw becomes a 500, and is logged. */
export async function problemOf(error: unknown, logger: Logger): Promise<HttpProblem> {
  if (error instanceof HttpProblem) return error;
  if (error instanceof HTTPException) return new HttpProblem(clientStatus(error.status), 'BadRequest', error.message);
  if (isUnreachable(error)) return temporalAway('do what was asked');
  const failure = failureOf(error instanceof WorkflowFailedError ? error.cause : await namedByStore(error));
  if (failure) {
    const { httpStatus, retryable } = failureFacts(failure.type);
    return new HttpProblem(httpStatus, failure.type, failure.message, retryable ? RETRY_AFTER : {});
  }
  if (isUnstorable(error))
    return new HttpProblem(400, 'BadRequest', 'The request holds a character that no text may hold.');
  logger.error({ err: error }, 'a request failed for a reason that nobody foresaw');
  return new HttpProblem(500, 'Internal', 'Something went wrong on our side; the log of the API says what.');
}

/** The same error, or `StoreUnavailable` when it is the database driver's way of saying so. */
async function namedByStore(error: unknown): Promise<unknown> {
  try {
    return await onStore(async () => {
      throw error;
    });
  } catch (named) {
    return named;
  }
}

/**
 * The same JSON, in which nothing could be taken for a tag by whoever shows it as it is, or turn the text around it
 * about: problems repeat what callers send.
 */
export const plainJson = (value: unknown, space?: number): string =>
  JSON.stringify(value, null, space).replace(/[<\u202a-\u202e\u2066-\u2069]/g, escaped);

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** The answer to a program: see {@link Problem}. */
export function problemResponse(c: Context, problem: HttpProblem): Response {
  const body: Problem = {
    type: `urn:landfall:problem:${problem.type}`,
    title: STATUS_CODES[problem.status] ?? 'Error',
    status: problem.status,
    detail: problem.message,
    ...problem.more,
  };
  return c.body(plainJson(body), problem.status, {
    'content-type': 'application/problem+json',
    ...problem.headers,
  });
}

function clientStatus(status: number): ProblemStatus {
  return status === 413 ? 413 : 400;
}
