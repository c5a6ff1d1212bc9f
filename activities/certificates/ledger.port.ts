/**
 * The memory of certificates. `createCertificateLedger` in store/queries/certificates.ts implements it; all throw
 * `StoreUnavailable`, and `SecretUnreadable` where a key comes back.
 */
import type { PlaceRef } from '../../contracts/config/service.ts';
import type { Secret } from '../../contracts/core/secret.ts';
import type {
  CertificateFacts,
  CertificateStatusRecord,
  SeenCertificate,
} from '../../contracts/deployment/certificate.ts';

/** An account at a certificate authority. */
export interface AcmeAccount {
  /** PEM. */
  readonly key: Secret;
  /** The key's thumbprint (RFC 7638). */
  readonly thumbprint: string;
}

/** An order that is under way. */
export interface PendingOrder {
  readonly directory: string;
  /** Its own address at the authority. */
  readonly url: string;
  /** The key of the certificate that it asks for: PEM. */
  readonly key: Secret;
}

export interface IssuedCertificate extends CertificateFacts {
  /** PEM: the certificate, then those of its issuers. */
  readonly chain: string;
  /** PEM. */
  readonly key: Secret;
}

/** A name, and the places at which something answers to it. */
export interface ServedName {
  readonly name: string;
  readonly places: readonly PlaceRef[];
}

export type TendedName = Pick<CertificateStatusRecord, 'state' | 'failure'>;

export interface CertificateLedger {
  /** The account there is, or the one that is given; of two at once, both get the same. */
  account(directory: string, made: AcmeAccount): Promise<AcmeAccount>;
  accountOf(directory: string): Promise<AcmeAccount | undefined>;
  /** Facts of the account that there is, without its key. */
  thumbprintOf(directory: string): Promise<string | undefined>;
  order(name: string): Promise<PendingOrder | undefined>;
  saveOrder(name: string, order: PendingOrder): Promise<void>;
  forgetOrder(name: string): Promise<void>;
  /** Keeps the certificate in place of the one before, and forgets the order. */
  issue(name: string, certificate: IssuedCertificate & { readonly directory: string }): Promise<void>;
  issued(name: string): Promise<IssuedCertificate | undefined>;
  /** Of these names, those that have a certificate (of this authority, where one is named), without their keys. */
  factsOf(names: readonly string[], directory?: string): Promise<ReadonlyMap<string, CertificateFacts>>;
  /** The places of what is live and answers to the name. Empty: nothing does. */
  placesOf(name: string): Promise<readonly PlaceRef[]>;
  /** Everything that is live and answers to names, up to a limit, left to chance. */
  served(limit: number): Promise<readonly ServedName[]>;
  /** Of these names, those with a workflow that is expected to look again, after `now`. */
  tended(names: readonly string[], now: number): Promise<ReadonlyMap<string, TendedName>>;
  saw(place: string, seen: readonly SeenCertificate[], at: number): Promise<void>;
  /** Those with a status. */
  names(): Promise<readonly string[]>;
  /** An older report than the one that is kept changes nothing. */
  tell(status: CertificateStatusRecord): Promise<void>;
  /** Forgets status and looks of a name that nothing answers to any more. Its certificate stays until it has expired. */
  forget(name: string): Promise<void>;
}
