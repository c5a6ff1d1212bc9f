/** The activities that the workflows of certificates call. Nothing secret goes through them. */
import type { PlaceRef } from '../../contracts/config/service.ts';
import type {
  CertificateFacts,
  CertificateStatusRecord,
  SeenCertificate,
} from '../../contracts/deployment/certificate.ts';

/** A name, as its workflow goes by it. */
export interface NameFacts {
  /** The places at which something live answers to it. Empty: nothing does, as far as the store knows by now. */
  readonly places: readonly PlaceRef[];
  /** The newest certificate by ACME; `null`: there is none, or it has expired. */
  readonly issued: CertificateFacts | null;
  /** The part of the answer to challenges that is the same for all of them; `null`: ACME is not set up. */
  readonly thumbprint: string | null;
}

/** On the control queue; `createCertificateActivities` in certificates.activities.ts does it. */
export interface CertificateActivities {
  /** @throws `StoreUnavailable` */
  lookUpName(name: string): Promise<NameFacts>;
  /**
   * Resolves when the name leads to proxies that answer challenges for us. The authority is not asked.
   * @throws `NameElsewhere`
   */
  checkName(asked: { readonly name: string; readonly thumbprint: string }): Promise<void>;
  /**
   * Has a certificate made, or goes on with the order of an attempt before.
   * @throws `CertificateRefused`, `CertificateRateLimited`, `CertificateAuthorityUnavailable`; `StoreUnavailable`
   */
  orderCertificate(name: string): Promise<CertificateFacts>;
  /** Records how the name fares, and what its places serve. @throws `StoreUnavailable` */
  tellCertificate(status: CertificateStatusRecord & { readonly seen: readonly SeenAtPlace[] }): Promise<void>;
  /** Nothing answers to the name any more. @throws `StoreUnavailable` */
  forgetName(name: string): Promise<void>;

  /** The names at each place: a bounded number, not always the same. @throws `StoreUnavailable` */
  listServed(): Promise<ServedPlaces>;
  /**
   * Records the looks.
   * @returns names whose workflow has to be woken, or started
   * @throws `StoreUnavailable`
   */
  recordCertificates(seen: {
    /** The workflow's, in milliseconds since the epoch. */
    readonly at: number;
    readonly places: readonly { readonly place: string; readonly seen: readonly SeenCertificate[] }[];
  }): Promise<readonly string[]>;
}

/** The certificate that a TLS client sees at a place. */
export interface SeenAtPlace extends SeenCertificate {
  readonly place: string;
}

export interface ServedPlaces {
  readonly places: readonly PlaceNames[];
  /** Names with a workflow, to which nothing answers any more. */
  readonly gone: readonly string[];
}

/** One place with everything that has to serve there. */
export interface PlaceNames extends PlaceRef, KeepCertificates {}

export interface KeepCertificates {
  /** See {@link NameFacts.thumbprint}. */
  readonly thumbprint: string | null;
  readonly names: readonly {
    readonly name: string;
    /** The certificate by ACME that is to serve; `null`: there is none. */
    readonly fingerprint: string | null;
  }[];
}

/** On a place's own queue, where a kind of target has places that answer to names. */
export interface PlaceCertificateActivities {
  /**
   * Has the place's proxy answer challenges, and serve the newest certificates: files that people have put there, or
   * those by ACME, which the place fetches. What cannot serve is said, and what served before goes on. Repeating it
   * changes nothing.
   * @returns what a TLS client sees there, a record for each name
   * @throws `ProxyUnavailable`
   */
  keepCertificates(kept: KeepCertificates): Promise<readonly SeenCertificate[]>;
}
