/** The meaning of a registry's answers, and of Podman's messages about them, for a build. */
import { z } from 'zod';
import { failure, type FailureType } from '../../contracts/core/failures.ts';
import { firstPart } from '../../contracts/core/text.ts';
import { parseAnswer } from './answer.ts';

/** True when the registry may be full, restarting or throttling (OCI distribution-spec, "Error Codes"). */
const passing = (status: number): boolean => status === 408 || status === 429 || status >= 500;

const CREDENTIALS_ADVICE =
  'Check the registry credentials in LANDFALL_REGISTRY_AUTH_FILE, and that they may pull and push there.';

/** The failure for a status of 400 or more. */
export function registryFailure(what: string, status: number, body: Buffer) {
  const said = `The registry answered ${status} to ${what}${words(body)}.`;
  const limit = limitAdvice(`StatusCode: ${status}`);
  if (limit) return failure(limit.type, `${said} ${limit.advice}`);
  if (passing(status)) return failure('RegistryUnavailable', `${said} It will be tried again.`);
  const advice = status === 401 || status === 403 ? CREDENTIALS_ADVICE : "Look at the registry's log for the reason.";
  return failure('RegistryRefused', `${said} ${advice}`);
}

/** The failure for a registry that gave no whole answer. */
export function unreachable(what: string, error: unknown) {
  return failure(
    'RegistryUnavailable',
    `The registry did not answer ${what}: ${reason(error)}. Check that it runs at this address; it will be tried again.`,
  );
}

/** Limits of a registry: exceeded for good, or until a person has made room. */
function limitAdvice(words: string): { readonly type: FailureType; readonly advice: string } | undefined {
  if (/(?:StatusCode:|status:|code from registry) 413\b|(?:entity|content|payload) too large/i.test(words)) {
    return {
      type: 'RegistryRefused',
      advice:
        'A layer is larger than the registry, or a proxy in front of it, takes. Raise its limit (nginx: ' +
        'client_max_body_size), or make the image smaller.',
    };
  }
  if (/(?:StatusCode:|status:|code from registry) 507\b|insufficient storage/i.test(words)) {
    return {
      type: 'RegistryUnavailable',
      advice: 'The registry has no room left. Free some there (its garbage collection); it will be tried again.',
    };
  }
  return undefined;
}

const REFUSED =
  /unauthorized|authentication required|access denied|denied:|forbidden|status(?: ?code)?:? 40[13]|manifest invalid|blob upload invalid/i;

/**
 * The failure for a push that Podman gave up; its message alone tells the reason. Anything but a clear refusal may
 * pass.
 */
export function pushFailure(reference: string, words: string) {
  const said = `Pushing ${reference} failed: ${firstPart(words.trim(), 1_000)}.`;
  const limit = limitAdvice(words);
  if (limit) return failure(limit.type, `${said} ${limit.advice}`);
  return REFUSED.test(words)
    ? failure('RegistryRefused', `${said} ${CREDENTIALS_ADVICE}`)
    : failure('RegistryUnavailable', `${said} It will be tried again.`);
}

/** OCI distribution-spec, "Error Codes": both are texts, and the second may be missing. */
const Refusal = z.object({ errors: z.array(z.object({ code: z.string(), message: z.string().default('') })) });

/** `: DENIED requested access to the resource is denied`, from the error body when it is one. */
function words(body: Buffer): string {
  const { data } = Refusal.safeParse(parseAnswer(body));
  const first = data?.errors[0];
  return first ? firstPart(`: ${first.code} ${first.message}`.trimEnd(), 500) : '';
}

/** Undici puts what happened into `cause` or into an error per address. */
function reason(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reason(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  return error.name === 'TimeoutError' ? 'no answer in time' : error.message || error.name;
}
