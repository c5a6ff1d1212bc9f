/** The one place where an answer of GitHub becomes a failure of ours. */
import { RequestError } from '@octokit/request-error';
import type { ApplicationFailure } from '@temporalio/common';
import type { z } from 'zod';
import { failure, type FailureType } from '../../contracts/core/failures.ts';
import { firstPart } from '../../contracts/core/text.ts';
import { mask } from '../logs/masker.ts';
import { waitMs } from './rate-limits.ts';

/** The action under way, for the message. */
export interface CallContext {
  /** Starts a sentence: `Creating the deployment in acme/web`. */
  readonly what: string;
  /** Advice that is more precise than the general one. */
  readonly advice?: Partial<Record<FailureType, string>>;
}

const ADVICE = {
  GitHubUnavailable: 'It will be tried again; see https://www.githubstatus.com.',
  GitHubRateLimited: 'It will be tried again once GitHub allows it.',
  GitHubCredentialsRefused: 'Check that the App id and the private key belong together and that neither was deleted.',
  GitHubForbidden: 'Check what the App is permitted to do, and that its installation is not suspended.',
  GitHubNotFound: 'Check that it still exists and that the App is installed for this repository.',
  GitHubConflict: 'It contradicts what is there already; look at it on GitHub.',
  GitHubInvalid: 'GitHub refuses this request as it is; repeating it does not help.',
} as const satisfies Partial<Record<FailureType, string>>;
type GitHubFailureType = keyof typeof ADVICE;

const BY_STATUS: Readonly<Record<number, GitHubFailureType>> = {
  401: 'GitHubCredentialsRefused',
  403: 'GitHubForbidden',
  404: 'GitHubNotFound',
  409: 'GitHubConflict',
  410: 'GitHubNotFound',
};
/** GitHub's own message is worth showing, a page of HTML is not. */
const LONGEST_ANSWER = 300;

/** A failure in parts, for who shows them to people. */
export interface Explanation {
  readonly type: FailureType;
  /** GitHub's answer, without a full stop: `POST /… was answered 422 "No ref found"`. */
  readonly came: string;
  /** General advice. */
  readonly todo: string;
  /** The wait that GitHub wants, in milliseconds. */
  readonly retryAfterMs?: number;
}

const explanations = new WeakMap<object, Explanation>();

/** The parts of a failure that was made here, in this process. */
export const explanationOf = (error: unknown): Explanation | undefined =>
  typeof error === 'object' && error !== null ? explanations.get(error) : undefined;

/**
 * The failure to throw for an error of Octokit's. Its message says what was called, what came back and what to do, and
 * holds no credential. An error that is not Octokit's is returned as it is.
 */
export function gitHubFailure(error: unknown, attempt: CallContext): unknown {
  if (isTimeout(error)) return compose('GitHubUnavailable', attempt, 'there was no answer in time');
  if (!(error instanceof RequestError)) return error;
  const { response } = error;
  // Octokit gives what never got an answer the status 500.
  if (!response) {
    const why = isTimeout(error.cause) ? 'there was no answer in time' : `no connection (${error.message})`;
    return compose('GitHubUnavailable', attempt, `${called(error)}: ${why}`);
  }

  const { status, data, headers } = response;
  const came = `${called(error)} was answered ${status}${said(data)}${requestId(headers)}`;
  const retryAfterMs = waitMs({ status, headers, text: said(data) });
  if (status >= 500) return compose('GitHubUnavailable', attempt, came, retryAfterMs);
  if (retryAfterMs !== undefined) return compose('GitHubRateLimited', attempt, came, retryAfterMs);
  // An unknown App id is a wrong credential, whatever the status says.
  if (status === 404 && /integration not found/i.test(said(data))) {
    return compose('GitHubCredentialsRefused', attempt, came);
  }
  const needed = headers['x-accepted-github-permissions'];
  if (status === 403 && typeof needed === 'string') {
    const advice = `Grant the App the permission ${needed.replaceAll('=', ': ')}, and have the installation accept it.`;
    return compose('GitHubForbidden', { ...attempt, advice: { GitHubForbidden: advice } }, came);
  }
  return compose(BY_STATUS[status] ?? 'GitHubInvalid', attempt, came);
}

/**
 * Checks an answer for what we are about to use of it.
 *
 * @throws `GitHubUnavailable` for what is no JSON (a proxy's page, a broken connection), `GitHubInvalid` for JSON
 *   without the fields
 */
export function checkAnswer<T>(answer: z.ZodType<T>, data: unknown, attempt: CallContext): T {
  // Octokit hands over a body that it could not parse, or not read to its end, as text.
  if (typeof data !== 'object' || data === null || data instanceof ArrayBuffer) {
    throw compose('GitHubUnavailable', attempt, 'the answer was not JSON, or broke off');
  }
  const parsed = answer.safeParse(data);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the whole'}: ${message}`);
  const advice = 'Check that the API address is that of GitHub, or of a GitHub Enterprise Server that is not too old.';
  throw compose(
    'GitHubInvalid',
    { advice: { GitHubInvalid: advice }, ...attempt },
    `the answer was not as documented (${wrong.join('; ')})`,
  );
}

function compose(
  type: GitHubFailureType,
  { what, advice }: CallContext,
  came: string,
  retryAfterMs?: number,
): ApplicationFailure {
  const todo = advice?.[type] ?? ADVICE[type];
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  const composed = failure(type, mask(`${what} failed: ${came}. ${todo}`), wait);
  explanations.set(composed, { type, came: mask(came), todo, ...wait });
  return composed;
}

/** Method and path only: a query is long, and tells a reader nothing more. */
function called({ request }: RequestError): string {
  return `${request.method} ${URL.canParse(request.url) ? new URL(request.url).pathname : request.url}`;
}

/** GitHub's own words: `message`, and which fields it complains about. */
function said(data: unknown): string {
  if (typeof data !== 'object' || data === null || !('message' in data)) return '';
  const details = 'errors' in data && Array.isArray(data.errors) ? ` ${JSON.stringify(data.errors)}` : '';
  // Masked before it is cut: half a token has no shape.
  const text = mask(`${String(data.message)}${details}`.replaceAll(/\s+/g, ' '));
  return ` "${firstPart(text, LONGEST_ANSWER)}"`;
}

/** GitHub's support asks for it. */
function requestId(headers: Readonly<Record<string, unknown>>): string {
  const id = headers['x-github-request-id'];
  return typeof id === 'string' ? ` (request ${id})` : '';
}

/** `AbortSignal.timeout` gives a DOMException as its reason. */
const isTimeout = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'name' in error && error.name === 'TimeoutError';
