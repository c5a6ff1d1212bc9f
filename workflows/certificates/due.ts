/** When a certificate is renewed, and when what has failed is tried again: pure. Times in milliseconds. */
import { FailureType } from '../../contracts/core/failures.ts';
import type { CertificateFacts } from '../../contracts/deployment/certificate.ts';
import { TIMEOUTS } from '../lib/timeouts.ts';

/** Let's Encrypt's own advice: with a third of the lifetime left, so that weeks of failures do no harm. */
const LEFT = 1 / 3;
/** The part of the lifetime over which renewals are spread, so that many names do not come at once. */
const SPREAD = 1 / 50;

/** @param spread - from 0 to 1, by chance */
export function renewalAt({ notBefore, notAfter }: CertificateFacts, spread: number): number {
  const lifetime = notAfter - notBefore;
  return Math.floor(notAfter - lifetime * LEFT - lifetime * SPREAD * spread);
}

/**
 * The wait after a failure.
 *
 * @param failures - in a row, this one included
 * @param asked - the authority's own word
 */
export function waitAfter(type: FailureType, failures: number, asked = 0): number {
  const { firstMs, longestMs } = paceOf(type);
  return Math.max(
    Math.min(asked, TIMEOUTS.certificate.longestWaitMs),
    Math.min(firstMs * 2 ** (failures - 1), longestMs),
  );
}

function paceOf(type: FailureType): { readonly firstMs: number; readonly longestMs: number } {
  const { elsewhere, limited, refused, unavailable } = TIMEOUTS.certificate;
  switch (type) {
    case FailureType.NameElsewhere:
      return elsewhere;
    case FailureType.CertificateRateLimited:
      return limited;
    case FailureType.CertificateRefused:
      return refused;
    default:
      return unavailable;
  }
}
