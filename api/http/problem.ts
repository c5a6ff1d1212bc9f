/**
 * Errors as HTTP callers see them: `application/problem+json` (RFC 9457). What is about the request itself is thrown as
 * {@link HttpProblem}; operations throw failures of our vocabulary, which become one here. Whatever else arrives says what
 * to do, and never shows an internal.
 */
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { STATUS_CODES } from 'node:http';
import type { Problem } from '../../contracts/http/api.ts';
import { failureFacts, failureOf, failureState } from '../../contracts/core/failures.ts';
import { DEPLOYMENT_STATES } from '../../contracts/deployment/states.ts';
import { isUnstorable } from '../../store/failures.ts';
import type { Logger } from '../ports.ts';
import { namedFailure } from './named-failure.ts';
import { FAILURE_STATUS, type ProblemStatus } from './problem-status.ts';

/** A problem's members for programs, beyond those that every problem has. */
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

/** The time that a caller should wait when something behind us is away. It is about what our own backoff takes. */
const RETRY_AFTER = { 'retry-after': '5' };

/** Names the problem underneath any error. Only an unforeseen one becomes a 500, and is logged. */
export async function problemOf(error: unknown, logger: Logger): Promise<HttpProblem> {
  if (error instanceof HttpProblem) return error;
  if (error instanceof HTTPException) return new HttpProblem(clientStatus(error.status), 'BadRequest', error.message);
  const named = await namedFailure(error);
  const failure = failureOf(named);
  if (failure) {
    const { type, message } = failure;
    const state = DEPLOYMENT_STATES.find((one) => one === failureState(named));
    const headers = failureFacts(type).retryable ? RETRY_AFTER : {};
    return new HttpProblem(FAILURE_STATUS[type], type, message, headers, state === undefined ? {} : { state });
  }
  if (isUnstorable(error))
    return new HttpProblem(400, 'BadRequest', 'The request holds a character that no text may hold.');
  logger.error({ err: error }, 'a request failed for an unforeseen reason');
  return new HttpProblem(500, 'Internal', 'Something went wrong in Landfall itself. Its log (landfall.log) says what.');
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
