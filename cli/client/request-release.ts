import { setTimeout as delay } from 'node:timers/promises';
import type { z } from 'zod';
import type { ReleaseAccepted, RequestRelease } from '../../contracts/http/api.ts';
import { CliError } from '../cli-error.ts';
import { postRelease } from './endpoints.ts';
import type { Http } from './http.ts';
import { Unreachable } from './http.ts';

/** The head and its landfall.yaml are read at GitHub meanwhile; longer than Landfall itself waits for that. */
const DECIDED_MS = 120_000;
const ASK_AGAIN_MS = 1_000;

/** Asks for a release of a branch or a commit. See {@link untilDecided}. */
export function requestRelease(
  http: Http,
  asked: z.input<typeof RequestRelease> & { readonly requestId: string },
  signal: AbortSignal,
): Promise<ReleaseAccepted> {
  const what = `Deploy ${asked.project}/${asked.service}`;
  return untilDecided({ what, requestId: asked.requestId, ask: () => postRelease(http, asked), signal });
}

/** The reasons for everything that was not released: in words, and as programs know them. */
export const skippedWithReason = ({ skipped, decisions }: ReleaseAccepted): string[] =>
  skipped.map((words) => {
    const reason = decisions.find(({ detail }) => detail === words)?.reason;
    return reason ? `${words} (${reason})` : words;
  });

interface Asking {
  /** For errors: what is attempted. */
  readonly what: string;
  readonly requestId: string;
  readonly ask: () => Promise<ReleaseAccepted>;
  readonly signal: AbortSignal;
}

/**
 * Requests a release and waits until Landfall has decided what it releases. A repeated request with the same
 * `requestId` joins the first, so a lost answer is requested again.
 *
 * @throws CliError when it was refused, released nothing, or was not decided in time.
 */
export async function untilDecided({ what, requestId, ask, signal }: Asking): Promise<ReleaseAccepted> {
  const again = `asking again with --request-id ${requestId} joins this request.`;
  const deadline = performance.now() + DECIDED_MS;
  for (;;) {
    const accepted = await ask().catch((error: unknown) => {
      if (!(error instanceof Unreachable)) throw error;
      throw new CliError(error.what, error.why, `${error.todo} It may have arrived: ${again}`, { cause: error });
    });
    if (accepted.released.length > 0) return accepted;
    if (accepted.skipped.length > 0) {
      throw new CliError(
        what,
        `nothing was released: ${skippedWithReason(accepted).join('; ')}`,
        'Correct that, then try again.',
      );
    }
    if (performance.now() > deadline) {
      throw new CliError(what, `it was not decided within ${String(DECIDED_MS / 1000)} s`, `It is not lost; ${again}`);
    }
    await delay(ASK_AGAIN_MS, undefined, { signal });
  }
}
