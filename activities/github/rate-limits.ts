/** The wait that GitHub wants (docs, "Rate limits for the REST API", "Exceeding the rate limit"). */

interface RefusedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number | undefined>>;
  /** The answer's text. */
  readonly text: string;
}

/** When GitHub does not say: "wait for at least one minute". */
const UNSAID_MS = 60_000;
/** A limit that is over by now still asks for a moment. */
const LEAST_MS = 1_000;

/** @returns milliseconds, or `undefined` when the answer does not ask to wait */
export function waitMs({ status, headers, text }: RefusedAnswer): number | undefined {
  if (status < 500 && status !== 403 && status !== 429) return undefined;
  const seconds = Number(headers['retry-after'] ?? NaN);
  if (Number.isFinite(seconds)) return Math.max(seconds * 1000, LEAST_MS);
  if (status >= 500) return undefined;
  if (String(headers['x-ratelimit-remaining']) === '0') return untilReset(headers);
  return status === 429 || /secondary rate limit|abuse detection/i.test(text) ? UNSAID_MS : undefined;
}

/** Uses GitHub's own clock, from the same answer. */
function untilReset(headers: RefusedAnswer['headers']): number {
  const resetAt = Number(headers['x-ratelimit-reset'] ?? NaN) * 1000;
  const told = Date.parse(String(headers['date']));
  const ms = resetAt - (Number.isNaN(told) ? Date.now() : told);
  return Number.isFinite(ms) ? Math.max(ms, LEAST_MS) : UNSAID_MS;
}
