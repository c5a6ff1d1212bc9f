/** Certificates of the names under which services are reached. */
import type { FailureRecord } from '../core/failures.ts';

/** `own`: a file that people have put at the place; `acme`: ordered by Landfall; `none`: nothing but the place's default. */
export const CERTIFICATE_ORIGINS = ['own', 'acme', 'none'] as const;
export type CertificateOrigin = (typeof CERTIFICATE_ORIGINS)[number];

/**
 * `valid`: it serves, and its workflow waits for the renewal. `waiting`: there is none yet, or a renewal did not go
 * well; a certificate from before serves on. `installing`: a place does not serve the newest yet. `own`: people have put
 * files at every place.
 */
export const CERTIFICATE_STATES = ['valid', 'waiting', 'installing', 'own'] as const;
export type CertificateState = (typeof CERTIFICATE_STATES)[number];

/** The reason of a name without a certificate while Landfall orders none. */
export const ACME_OFF =
  'Certificates by ACME are not set up: set LANDFALL_ACME_AGREE=true once you have read the terms of the authority, or put a certificate file at the host (docs/tls.md).';

/** The facts of a certificate; none of them is secret. Times in milliseconds since the epoch. */
export interface CertificateFacts {
  /** SHA-256 of the certificate, in hexadecimal digits. */
  readonly fingerprint: string;
  readonly notBefore: number;
  readonly notAfter: number;
}

/** The certificate that serves for a name at a place. */
export interface SeenCertificate {
  readonly name: string;
  readonly source: CertificateOrigin;
  /** `null`: the place has none for it. */
  readonly fingerprint: string | null;
  /** In milliseconds since the epoch. */
  readonly notAfter: number | null;
  /** Why what was meant to serve does not; `null`: it does. */
  readonly problem: string | null;
}

/** The report of a certificate's workflow. Times in milliseconds since the epoch. */
export interface CertificateStatusRecord {
  readonly name: string;
  readonly state: CertificateState;
  readonly failure: FailureRecord | null;
  readonly nextAt: number;
  readonly at: number;
}
