/** A host's questions to the control plane, with its own token. */
import { request } from 'undici';
import { jsonOf } from '../../contracts/core/json.ts';
import { Problem } from '../../contracts/http/api.ts';
import { FailureType, failure } from '../../contracts/core/failures.ts';
import type { Secret } from '../../contracts/core/secret.ts';

export interface HostRequestOptions {
  /** Landfall's own address, without a slash at its end. */
  readonly url: string;
  /** A host's token. */
  readonly token: Secret;
}

const REQUEST_MS = 10_000;

/** @param subject - what is asked for, in sentences: `variables` */
export function createHostRequests({ url, token }: HostRequestOptions, subject: string) {
  const away = (why: string) =>
    failure(
      FailureType.StoreUnavailable,
      `Asking ${url} for the ${subject} failed: ${why}. It is tried again; check that Landfall runs there.`,
    );

  function refused(status: number, text: string) {
    if (status === 401) {
      return failure(
        FailureType.InvalidConfiguration,
        `${url} does not know this host's token. Set LANDFALL_HOST_TOKEN to one of LANDFALL_HOST_TOKENS_FILE there.`,
      );
    }
    const problem = Problem.safeParse(jsonOf(text));
    const { type = '', detail = '' } = problem.success ? problem.data : {};
    const named = Object.values(FailureType).find((one) => type.endsWith(`:${one}`));
    if (named) return failure(named, detail);
    if (status >= 500 || status === 429) return away(`it answered ${status}`);
    return failure(FailureType.InvalidRequest, `${url} gave out no ${subject} (${status}). ${detail}`.trimEnd());
  }

  return {
    /**
     * One question is one request.
     *
     * @param path - with a slash at its beginning
     * @returns the answer's JSON
     * @throws the failure that the control plane names; `StoreUnavailable` (retryable), `InvalidConfiguration`, `InvalidRequest`
     */
    async get(path: string, signal: AbortSignal): Promise<unknown> {
      const { status, text } = await request(`${url}${path}`, {
        headers: { authorization: `Bearer ${token.reveal()}` },
        signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)]),
      })
        .then(async (answer) => ({ status: answer.statusCode, text: await answer.body.text() }))
        .catch((error: unknown) => {
          signal.throwIfAborted();
          throw away(error instanceof Error ? error.message : String(error));
        });
      if (status !== 200) throw refused(status, text);
      return jsonOf(text);
    },

    /** The answer may hold secrets: none of it goes into the message. */
    notUnderstood: () => away('its answer was not understood; both sides should be of the same version'),
  };
}
