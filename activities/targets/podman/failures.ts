/**
 * The meaning of the engine's errors for a deployment. Podman has HTTP statuses (mostly 500) and sentences, no codes.
 */
import { FailureType, failure, failureOf } from '../../../contracts/core/failures.ts';
import { firstPart } from '../../../contracts/core/text.ts';
import { PodmanError } from '../../podman/client.ts';
import { PullError } from '../../podman/images.ts';

export const NO_SPACE = /no space left on device|disk quota exceeded/i;

/** In this order: a refusal's text may also hold "not found". */
const PULL: readonly (readonly [RegExp, FailureType, string])[] = [
  [NO_SPACE, FailureType.DiskFull, 'Free some space on this host.'],
  [
    /not match|digest mismatch|invalid checksum/i,
    FailureType.DigestMismatch,
    'The registry served other content than requested.',
  ],
  [
    /unauthorized|authentication required|access denied|denied:|forbidden|invalid username\/password/i,
    FailureType.RegistryRefused,
    'Check LANDFALL_REGISTRY_AUTH_FILE of this host, or log it in with "podman login".',
  ],
  [
    /HTTP response to HTTPS client|certificate/i,
    FailureType.RegistryRefused,
    "Name the registry as a plain-HTTP one in the worker's settings, or give it a certificate that this host trusts.",
  ],
  [
    /no image found in (manifest list|image index)/i,
    FailureType.InvalidConfiguration,
    "Build the image for this host's processor, too.",
  ],
  [/manifest unknown|name unknown|not found/i, FailureType.ImageNotFound, 'Build the commit again.'],
];

/** The failure for an image that did not arrive. Anything but a clearly final error may pass. */
export function pullFailure(reference: string, words: string) {
  const [, type, advice] = PULL.find(([pattern]) => pattern.test(words)) ?? [
    undefined,
    FailureType.RegistryUnavailable,
    'Check that the registry runs and that this host reaches it.',
  ];
  return failure(type, `Pulling ${reference} failed: ${short(words)}. ${advice}`);
}

/** The failure for an image that could not be given a name. */
export function namingFailure(reference: string, error: PodmanError) {
  if (!NO_SPACE.test(error.message)) return engineFailure(error);
  const said = `Podman could not name ${reference}: ${short(error.message)}.`;
  return failure(FailureType.DiskFull, `${said} Free some space on this host.`);
}

/**
 * Any other refusal. Podman answers 500 for nearly everything, passing trouble included, so that one may be repeated.
 *
 * @returns an error that is not the engine's unchanged
 */
export function engineFailure(error: unknown): unknown {
  if (error instanceof PullError) return pullFailure('an image', error.message);
  if (!(error instanceof PodmanError)) return error;
  // The object may have gone (404) or be changing (409) since a moment ago; only a bad request stays bad.
  const type = error.status === 400 ? FailureType.EngineRefused : FailureType.EngineUnavailable;
  return failure(type, `Podman answered ${error.status}: ${short(error.message)}. Look at the engine's own log.`);
}

/** A person frees or mends these on the host: space, a port, the engine. */
const FREED: ReadonlySet<FailureType> = new Set([
  FailureType.DiskFull,
  FailureType.PortTaken,
  FailureType.EngineRefused,
]);

/**
 * The failure of a restore. Giving up leaves the environment with neither version, so what may be freed is waited for as
 * long as anything else is.
 */
export function restoreFailure(error: unknown): unknown {
  const known = failureOf(error);
  return known && FREED.has(known.type) ? failure(known.type, known.message, { retryable: true }) : error;
}

export const short = (words: string): string => firstPart(words.trim().replace(/\.$/, ''), 1_000);
