import type { Context } from 'hono';
import { STATUS_CODES } from 'node:http';
import type { DeployAnswer, DeployProblem } from '../../contracts/http/deploy.ts';
import type { DeploymentOutcome } from '../../contracts/deployment/states.ts';
import type { ApiEnv } from '../deps.ts';
import { plainJson } from '../http/problem.ts';
import type { ProblemStatus } from '../http/problem-status.ts';
import type { Progress } from './progress.ts';
import { statusOf } from './status.ts';

/** The answer, before it is written as a response or as the last event of a stream. */
export interface Answer {
  readonly status: 200 | 202 | ProblemStatus;
  readonly body: DeployAnswer | DeployProblem;
  readonly headers: Readonly<Record<string, string>>;
}

/** In the words that follow the deployment's own. */
const ENDINGS: Readonly<Record<Exclude<DeploymentOutcome, 'live'>, string>> = {
  failed: 'Nothing was touched.',
  rolled_back: 'What ran before is running again.',
  rollback_failed: 'What ran before is not running as it was: look at the page, mend it, deploy again.',
  cancelled: 'The deployment was cancelled; what ran before is running.',
  superseded: 'Nothing was touched.',
};

/** Clients repeat a 5xx by themselves (curl --retry); an end stays as it is, and curl gives up on this header. */
const FINAL = { 'retry-after': '86400' };

/** 200 once it is live, a problem with the same facts when it ended in any other way. */
export function endAnswer({ outcome, failure }: NonNullable<Progress['ended']>, known: DeployAnswer): Answer {
  const status = statusOf(outcome, failure);
  if (status === 200 || outcome === 'live') return { status: 200, body: known, headers: {} };
  const detail = [failure?.message, ENDINGS[outcome]].filter((words) => words !== undefined).join(' ');
  return problemAnswer(status, { type: failure?.type ?? outcome, detail }, known, FINAL);
}

/** The deployment goes on, and the caller did not want to wait for its end. */
export const acceptedAnswer = (known: DeployAnswer): Answer => ({
  status: 202,
  body: known,
  headers: { location: known.statusUrl },
});

/** The deployment goes on, and the caller wanted to wait for its end: "not yet" must not look like "done". */
export function unendedAnswer(known: DeployAnswer, { isClosing }: { readonly isClosing: boolean }): Answer {
  const [status, type, why] = isClosing
    ? ([503, 'Closing', 'Landfall is about to restart; the deployment goes on.'] as const)
    : ([504, 'NotEndedYet', 'The deployment has not ended yet; it goes on.'] as const);
  const detail = `${why} Send the same request again to go on waiting, or look at the status address.`;
  return problemAnswer(status, { type, detail }, known, { 'retry-after': '1' });
}

function problemAnswer(
  status: ProblemStatus,
  { type, detail }: { readonly type: string; readonly detail: string },
  known: DeployAnswer,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const title = STATUS_CODES[status] ?? 'Error';
  return { status, body: { type: `urn:landfall:problem:${type}`, title, status, detail, ...known }, headers };
}

/** Laid out for people, who read it in a CI job's log. */
export function respond(c: Context<ApiEnv>, { status, body, headers }: Answer): Response {
  const type = status < 400 ? 'application/json' : 'application/problem+json';
  return c.body(`${plainJson(body, 2)}\n`, status, { ...headers, 'content-type': type });
}
