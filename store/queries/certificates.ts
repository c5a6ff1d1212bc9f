/** Certificates, their orders and how names fare (the `CertificateLedger` port). Private keys are sealed as secrets are. */
import { and, eq, gt, inArray, lt, ne, sql } from 'drizzle-orm';
import type { Secret } from '../../contracts/core/secret.ts';
import type {
  CertificateFacts,
  CertificateStatusRecord,
  SeenCertificate,
} from '../../contracts/deployment/certificate.ts';
import { onStoreAll } from '../failures.ts';
import type { Database } from '../open.ts';
import { acmeAccounts, certificateOrders, certificatePlaces, certificates, certificateStatus } from '../schema.ts';
import { seal, unseal, type Keyring, type Sealed, type SealedPrivateKey } from '../sealing.ts';
import { placesOfName, servedNames } from './served-names.ts';

interface Account {
  readonly key: Secret;
  readonly thumbprint: string;
}

interface Order {
  readonly directory: string;
  readonly url: string;
  readonly key: Secret;
}

interface Issued extends CertificateFacts {
  readonly directory: string;
  readonly chain: string;
  readonly key: Secret;
}

const place = (privateKey: SealedPrivateKey['privateKey'], of: string): SealedPrivateKey => ({ privateKey, of });

/** Beside the port's errors: every call throws `StoreUnavailable` (retryable). */
export function createCertificateLedger(db: Database, keys: Keyring) {
  return onStoreAll({
    account: (directory: string, made: Account) => account(db, keys, directory, made),
    accountOf: (directory: string) => accountOf(db, keys, directory),
    thumbprintOf: async (directory: string) => {
      const [row] = await db.select().from(acmeAccounts).where(eq(acmeAccounts.directory, directory));
      return row?.thumbprint;
    },
    order: (name: string) => order(db, keys, name),
    saveOrder: (name: string, { directory, url, key }: Order) => saveOrder(db, keys, name, { directory, url, key }),
    forgetOrder: async (name: string) => {
      await db.delete(certificateOrders).where(eq(certificateOrders.name, name));
    },
    issue: (name: string, certificate: Issued) => issue(db, keys, name, certificate),
    issued: (name: string) => issued(db, keys, name),
    factsOf: (names: readonly string[], directory?: string) => factsOf(db, names, directory),
    placesOf: (name: string) => placesOfName(db, name),
    served: (limit: number) => servedNames(db, limit),
    tended: (names: readonly string[], now: number) => tended(db, names, now),
    saw: (at: string, seen: readonly SeenCertificate[], seenAt: number) => saw(db, at, seen, seenAt),
    names: async () =>
      (await db.select({ name: certificateStatus.name }).from(certificateStatus)).map(({ name }) => name),
    tell: (status: CertificateStatusRecord) => tell(db, status),
    forget: async (name: string) => {
      await db.delete(certificateStatus).where(eq(certificateStatus.name, name));
      await db.delete(certificatePlaces).where(eq(certificatePlaces.name, name));
    },
  });
}

async function account(db: Database, keys: Keyring, directory: string, made: Account): Promise<Account> {
  await db
    .insert(acmeAccounts)
    .values({
      ...{ directory, thumbprint: made.thumbprint, createdAt: new Date() },
      sealedKey: seal(keys, made.key, place('account', directory)),
    })
    .onConflictDoNothing();
  return (await accountOf(db, keys, directory)) ?? made;
}

async function accountOf(db: Database, keys: Keyring, directory: string): Promise<Account | undefined> {
  const [row] = await db.select().from(acmeAccounts).where(eq(acmeAccounts.directory, directory));
  return row && { key: unseal(keys, row.sealedKey, place('account', directory)), thumbprint: row.thumbprint };
}

async function order(db: Database, keys: Keyring, name: string): Promise<Order | undefined> {
  const [row] = await db.select().from(certificateOrders).where(eq(certificateOrders.name, name));
  if (!row) return undefined;
  return { directory: row.directory, url: row.url, key: unseal(keys, row.sealedKey, place('order', name)) };
}

async function saveOrder(db: Database, keys: Keyring, name: string, { directory, url, key }: Order): Promise<void> {
  const row = { directory, url, sealedKey: seal(keys, key, place('order', name)), createdAt: new Date() };
  await db
    .insert(certificateOrders)
    .values({ name, ...row })
    .onConflictDoUpdate({ target: certificateOrders.name, set: row });
}

async function issue(
  db: Database,
  keys: Keyring,
  name: string,
  { directory, chain, key, ...facts }: Issued,
): Promise<void> {
  const row = {
    ...{ directory, chain, fingerprint: facts.fingerprint, sealedKey: seal(keys, key, place('certificate', name)) },
    ...{ notBefore: new Date(facts.notBefore), notAfter: new Date(facts.notAfter), issuedAt: new Date() },
  };
  await db.transaction(async (tx) => {
    await tx
      .insert(certificates)
      .values({ name, ...row })
      .onConflictDoUpdate({ target: certificates.name, set: row });
    await tx.delete(certificateOrders).where(eq(certificateOrders.name, name));
  });
}

async function issued(db: Database, keys: Keyring, name: string): Promise<Omit<Issued, 'directory'> | undefined> {
  const [row] = await db.select().from(certificates).where(eq(certificates.name, name));
  return (
    row && {
      ...{ chain: row.chain, fingerprint: row.fingerprint },
      ...{ notBefore: row.notBefore.getTime(), notAfter: row.notAfter.getTime() },
      key: unseal(keys, row.sealedKey, place('certificate', name)),
    }
  );
}

async function factsOf(
  db: Database,
  names: readonly string[],
  directory: string | undefined,
): Promise<ReadonlyMap<string, CertificateFacts>> {
  const { name, fingerprint, notBefore, notAfter } = certificates;
  const rows = await db
    .select({ name, fingerprint, notBefore, notAfter })
    .from(certificates)
    .where(and(inArray(name, [...names]), directory === undefined ? undefined : eq(certificates.directory, directory)));
  return new Map(
    rows.map((row) => [
      row.name,
      { fingerprint: row.fingerprint, notBefore: row.notBefore.getTime(), notAfter: row.notAfter.getTime() },
    ]),
  );
}

/** A workflow that looks again in time has written down when; one that is late by more than this is gone. */
const LATE_MS = 10 * 60_000;

async function tended(db: Database, names: readonly string[], now: number) {
  const rows = await db
    .select()
    .from(certificateStatus)
    .where(and(inArray(certificateStatus.name, [...names]), gt(certificateStatus.nextAt, new Date(now - LATE_MS))));
  return new Map(rows.map(({ name, state, failure }) => [name, { state, failure }]));
}

async function saw(db: Database, at: string, seen: readonly SeenCertificate[], seenAt: number): Promise<void> {
  for (const { name, source, fingerprint, notAfter, problem } of seen) {
    const row = {
      ...{ source, fingerprint, problem, seenAt: new Date(seenAt) },
      notAfter: notAfter === null ? null : new Date(notAfter),
    };
    await db
      .insert(certificatePlaces)
      .values({ name, place: at, ...row })
      .onConflictDoUpdate({
        target: [certificatePlaces.name, certificatePlaces.place],
        set: row,
        setWhere: lt(certificatePlaces.seenAt, row.seenAt),
      });
  }
}

async function tell(db: Database, { name, state, failure, nextAt, at }: CertificateStatusRecord): Promise<void> {
  const row = { state, failure, nextAt: new Date(nextAt), updatedAt: new Date(at) };
  await db
    .insert(certificateStatus)
    .values({ name, ...row })
    .onConflictDoUpdate({
      target: certificateStatus.name,
      set: row,
      setWhere: lt(certificateStatus.updatedAt, row.updatedAt),
    });
}

/** The private keys of Landfall's own, for a change of the key that seals: see `rotateSecrets`. @returns how many it were */
export async function resealPrivateKeys(db: Database, keys: Keyring): Promise<number> {
  const [{ id }] = keys;
  const again = (sealed: Sealed, of: SealedPrivateKey) => seal(keys, unseal(keys, sealed, of), of);
  const accounts = await db
    .select()
    .from(acmeAccounts)
    .where(ne(sql`${acmeAccounts.sealedKey} ->> 'keyId'`, id));
  for (const { directory, sealedKey } of accounts) {
    const sealed = again(sealedKey, place('account', directory));
    await db.update(acmeAccounts).set({ sealedKey: sealed }).where(eq(acmeAccounts.directory, directory));
  }
  const orders = await db
    .select()
    .from(certificateOrders)
    .where(ne(sql`${certificateOrders.sealedKey} ->> 'keyId'`, id));
  for (const { name, sealedKey } of orders) {
    const sealed = again(sealedKey, place('order', name));
    // One that was begun anew meanwhile has another key.
    await db
      .update(certificateOrders)
      .set({ sealedKey: sealed })
      .where(and(eq(certificateOrders.name, name), eq(certificateOrders.sealedKey, sealedKey)));
  }
  const kept = await db
    .select()
    .from(certificates)
    .where(ne(sql`${certificates.sealedKey} ->> 'keyId'`, id));
  for (const { name, fingerprint, sealedKey } of kept) {
    const sealed = again(sealedKey, place('certificate', name));
    // One that was renewed meanwhile is sealed with the newest key already.
    await db
      .update(certificates)
      .set({ sealedKey: sealed })
      .where(and(eq(certificates.name, name), eq(certificates.fingerprint, fingerprint)));
  }
  return accounts.length + orders.length + kept.length;
}
