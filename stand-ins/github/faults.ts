/** Faults that tests can cause on purpose. */

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A string is sent as it is, whatever it holds; anything else as JSON. */
  readonly body?: unknown;
}

export interface Fault {
  /** `repos/create-deployment`, `git/upload-pack`, `git/receive-pack`; every operation when not given. */
  readonly operation?: string;
  /** The number of requests it hits; 1 by default. */
  readonly times?: number;
  /** `before`: nothing was done. `after`: it was done, and only the answer is lost. `before` when not given. */
  readonly when?: 'before' | 'after';
  /** Slowness. */
  readonly delayMs?: number;
  /** Answered instead of the real answer. */
  readonly answer?: Answer;
  /** The connection is cut without an answer. */
  readonly hangUp?: boolean;
}

const said = (message: string) => ({ message, documentation_url: 'https://docs.github.com/rest' });

export const serverError = (status = 502): Answer => ({ status, body: said('Server Error') });

/** The primary limit is used up until `resetAt` (milliseconds since the epoch, sent in whole seconds). */
export const primaryRateLimit = (resetAt: number): Answer => ({
  status: 403,
  headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Math.ceil(resetAt / 1000)) },
  body: said('API rate limit exceeded for installation ID 1.'),
});

/** The secondary limit; GitHub does not always send `retryAfterSeconds`. */
export const secondaryRateLimit = (retryAfterSeconds?: number, status = 403): Answer => ({
  status,
  headers: retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) },
  body: said('You have exceeded a secondary rate limit. Please wait a few minutes before you try again.'),
});

export interface Faults {
  add(fault: Fault): void;
  clear(): void;
  /** The fault that hits this request, if any; one use of it is spent. */
  take(operation: string): Fault | undefined;
}

export function createFaults(): Faults {
  let planned: { readonly fault: Fault; left: number }[] = [];
  return {
    add: (fault) => void planned.push({ fault, left: fault.times ?? 1 }),
    clear: () => void (planned = []),
    take: (operation) => {
      const hit = planned.find(({ fault, left }) => left > 0 && (fault.operation ?? operation) === operation);
      if (hit) hit.left -= 1;
      return hit?.fault;
    },
  };
}
