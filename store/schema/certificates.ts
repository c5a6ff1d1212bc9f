/**
 * Certificates by ACME, the orders that are under way, and how names fare: written by the certificate activities
 * (store/queries/certificates.ts).
 */
import { pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import type { CertificateOrigin, CertificateState } from '../../contracts/deployment/certificate.ts';
import type { FailureRecord } from '../../contracts/core/failures.ts';
import { jsonRecord, storableText, timeColumn } from '../columns.ts';
import type { Sealed } from '../sealing.ts';

/** One account at each certificate authority. It is never changed: its thumbprint is on the hosts. */
export const acmeAccounts = pgTable('acme_accounts', {
  /** The address of the authority's directory. */
  directory: text().primaryKey(),
  /** The key's thumbprint (RFC 7638); public. */
  thumbprint: text().notNull(),
  sealedKey: jsonRecord<Sealed>().notNull(),
  createdAt: timeColumn().notNull(),
});

/** An order that is under way; a repeated activity goes on with it rather than order twice. */
export const certificateOrders = pgTable('certificate_orders', {
  name: text().primaryKey(),
  directory: text().notNull(),
  /** The order's own address at the authority. */
  url: storableText().notNull(),
  sealedKey: jsonRecord<Sealed>().notNull(),
  createdAt: timeColumn().notNull(),
});

/** The newest certificate of each name. */
export const certificates = pgTable('certificates', {
  name: text().primaryKey(),
  /** The authority that made it, by its directory: another one makes a new certificate. */
  directory: text(),
  /** PEM: the certificate, then those of its issuers. */
  chain: text().notNull(),
  sealedKey: jsonRecord<Sealed>().notNull(),
  /** SHA-256 of the certificate, in hexadecimal digits. */
  fingerprint: text().notNull(),
  notBefore: timeColumn().notNull(),
  notAfter: timeColumn().notNull(),
  issuedAt: timeColumn().notNull(),
});

/** The state of each name's certificate, as its workflow reported it last. */
export const certificateStatus = pgTable('certificate_status', {
  name: text().primaryKey(),
  state: text().$type<CertificateState>().notNull(),
  failure: jsonRecord<FailureRecord>(),
  /** When its workflow looks again; later than this by far, it is gone. */
  nextAt: timeColumn().notNull(),
  updatedAt: timeColumn().notNull(),
});

/** The certificate that serves for a name at a place, as a look there found it. */
export const certificatePlaces = pgTable(
  'certificate_places',
  {
    name: text().notNull(),
    place: text().notNull(),
    source: text().$type<CertificateOrigin>().notNull(),
    fingerprint: text(),
    notAfter: timeColumn(),
    /** Why what was meant to serve does not; `null`: it does. */
    problem: storableText(),
    seenAt: timeColumn().notNull(),
  },
  (table) => [primaryKey({ columns: [table.name, table.place] })],
);
