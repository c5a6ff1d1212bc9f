/** The caller's wishes for the answer: `Prefer` (RFC 7240), `Accept`, and `wait` in the body. */
import type { Context } from 'hono';
import type { ApiEnv } from '../deps.ts';

/** Longer than nearly every deployment; the caller of a longer one queries its status again. */
const LONGEST_WAIT_MS = 15 * 60_000;

export interface Preference {
  readonly mode: 'wait' | 'accept' | 'stream';
  /** Until an answer is due, ended or not. */
  readonly limitMs: number;
}

/** Headers count more than the body, which other clients may have made. */
export function preferenceOf(c: Context<ApiEnv>, wait = true): Preference {
  const preferences = (c.req.header('prefer') ?? '').split(/[,;]/).map((one) => one.trim().toLowerCase());
  const asked = preferences.find((one) => /^wait(?:=\d{1,6})?$/.test(one));
  const seconds = asked?.split('=')[1];
  const limitMs = seconds === undefined ? LONGEST_WAIT_MS : Math.min(Number(seconds) * 1_000, LONGEST_WAIT_MS);
  if ((c.req.header('accept') ?? '').includes('text/event-stream')) return { mode: 'stream', limitMs };
  const async = preferences.includes('respond-async');
  if (async || (!wait && asked === undefined)) return { mode: 'accept', limitMs: seconds === undefined ? 0 : limitMs };
  return { mode: 'wait', limitMs };
}
