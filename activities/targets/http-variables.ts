/** Fetches values from the control plane, for a host without a database. */
import { request } from 'undici';
import { jsonOf } from '../../contracts/core/json.ts';
import { HostValues, Problem } from '../../contracts/http/api.ts';
import { FailureType, failure } from '../../contracts/core/failures.ts';
import { Secret } from '../../contracts/core/secret.ts';
import type { VariableSource } from './variables.port.ts';

interface HttpVariablesOptions {
  /** Landfall's own address, without a slash at its end. */
  readonly url: string;
  /** A host's token. */
  readonly token: Secret;
}

const REQUEST_MS = 10_000;

/** `GET {url}/api/hosts/values/{deployment}`. One question is one request. */
export function createHttpVariables({ url, token }: HttpVariablesOptions): VariableSource {
  return {
    async valuesOf({ deploymentId, revision, restoring = false }, signal) {
      const query = revision === undefined ? '' : `?revision=${revision}&restoring=${restoring}`;
      const { status, text } = await ask(`${url}/api/hosts/values/${encodeURIComponent(deploymentId)}${query}`, signal);
      if (status !== 200) throw refused(status, text);
      const parsed = HostValues.safeParse(jsonOf(text));
      // The answer may hold values: none of it goes into the message.
      if (!parsed.success) throw away(`its answer was not understood; both sides should be of the same version`);
      const values = parsed.data;
      if (!values) return null;
      const secrets = Object.entries(values.secrets).map(([name, value]) => [name, new Secret(value)] as const);
      return { ...values, secrets: Object.fromEntries(secrets) };
    },
  };

  async function ask(address: string, signal: AbortSignal) {
    try {
      const answer = await request(address, {
        headers: { authorization: `Bearer ${token.reveal()}` },
        signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)]),
      });
      return { status: answer.statusCode, text: await answer.body.text() };
    } catch (error) {
      signal.throwIfAborted();
      throw away(error instanceof Error ? error.message : String(error));
    }
  }

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
    return failure(FailureType.InvalidRequest, `${url} gave out no variables (${status}). ${detail}`.trimEnd());
  }

  function away(why: string) {
    return failure(
      FailureType.StoreUnavailable,
      `Asking ${url} for the variables failed: ${why}. It is tried again; check that Landfall runs there.`,
    );
  }
}
