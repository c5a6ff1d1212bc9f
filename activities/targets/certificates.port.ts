import type { IssuedCertificate } from '../certificates/ledger.port.ts';

/** A place's source of certificates by ACME. */
export interface CertificateSource {
  /**
   * @returns `null` when there is none
   * @throws `StoreUnavailable` (retryable); `SecretUnreadable`, `InvalidRequest`, `InvalidConfiguration`, `Forbidden` (final)
   */
  certificateOf(name: string, signal: AbortSignal): Promise<Pick<IssuedCertificate, 'chain' | 'key'> | null>;
}
