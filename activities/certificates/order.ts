/** One certificate by ACME (RFC 8555), from the order to the chain; it goes on where an attempt before it was stopped. */
import { X509Certificate, createHash, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Authorization, Order } from 'acme-client';
import { FailureType, failure } from '../../contracts/core/failures.ts';
import { Secret } from '../../contracts/core/secret.ts';
import { openAcme, type Acme, type AuthoritySettings } from './acme-client.ts';
import { readBundle } from './bundle.ts';
import type { AcmeAccount, CertificateLedger, IssuedCertificate } from './ledger.port.ts';
import { AcmeProblem, acmeFailure, refused, wordsOf } from './problems.ts';

/** Validation takes seconds, from several places of the world. An order that is slower is gone on with later. */
const PATIENCE_MS = 90_000;
const FIRST_POLL_MS = 250;
const LONGEST_POLL_MS = 5_000;

export interface OrderDeps {
  readonly ledger: Pick<CertificateLedger, 'account' | 'accountOf' | 'order' | 'saveOrder' | 'forgetOrder' | 'issue'>;
  readonly authority: AuthoritySettings;
  /** The address to which the authority writes when something is wrong. */
  readonly email?: string;
  readonly now: () => number;
}

/** The account that answers challenges. Made when there is none; the authority hears of it with the first order. */
export async function accountFor({ ledger, authority: { directory } }: OrderDeps): Promise<AcmeAccount> {
  return (await ledger.accountOf(directory)) ?? ledger.account(directory, makeAccount());
}

function makeAccount(): AcmeAccount {
  const key = newKey();
  // RFC 7638: the members that a key needs, in the order of their names.
  const { crv, kty, x, y } = createPublicKey(key.reveal()).export({ format: 'jwk' });
  return { key, thumbprint: createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url') };
}

/** P-256: small, quick, and taken by every authority and browser. */
function newKey(): Secret {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return new Secret(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
}

/**
 * Orders a certificate of the name and keeps it. The key is kept before the order is made final, so that no attempt,
 * wherever it is killed, makes a second certificate.
 *
 * @throws `CertificateRefused`, `CertificateRateLimited`, `CertificateAuthorityUnavailable`; `StoreUnavailable`
 */
export async function orderCertificate(deps: OrderDeps, name: string, signal: AbortSignal): Promise<IssuedCertificate> {
  const { ledger, authority, now } = deps;
  const account = await accountFor(deps);
  const acme = await openAcme(authority, account.key, signal);
  const at = new URL(authority.directory).host;
  try {
    await openAccount(acme, deps.email);
    const { order, key } = await begin(acme, deps, name);
    const valid = await complete(acme, { order, key, name, at, signal });
    const chain = await acme.call(() => acme.client.getCertificate(valid));
    // An order that was left long ago would come again for as long as it is kept.
    if (new X509Certificate(chain).validToDate.getTime() <= now()) {
      await ledger.forgetOrder(name);
      throw failure(
        FailureType.CertificateAuthorityUnavailable,
        `${at} made a certificate of ${name} earlier, which has expired meanwhile. Another one is ordered by itself.`,
      );
    }
    const certificate = readBundle(`${chain}\n${key.reveal()}`, { name, now: now(), source: at });
    await ledger.issue(name, { ...certificate, directory: authority.directory });
    return certificate;
  } catch (error) {
    signal.throwIfAborted();
    throw acmeFailure(error, at, name);
  }
}

/**
 * An account that has another e-mail address gets this one. One whose address the authority does not tell is left as it is:
 * some keep none, and some refuse an update that says nothing new.
 */
async function openAccount({ client, call }: Acme, email: string | undefined): Promise<void> {
  const contact = email === undefined ? {} : { contact: [`mailto:${email}`] };
  const account = await call(() => client.createAccount({ onlyReturnExisting: true })).catch(async (error: unknown) => {
    if (!(error instanceof AcmeProblem) || error.type !== 'accountDoesNotExist') throw error;
    return call(() => client.createAccount({ termsOfServiceAgreed: true, ...contact }));
  });
  const told = account.contact;
  if (email === undefined || told === undefined || (told.length === 1 && told[0] === `mailto:${email}`)) return;
  await call(() => client.updateAccount(contact)).catch((error: unknown) => {
    // An address that the authority refuses keeps no name from its certificate.
    if (!(error instanceof AcmeProblem)) throw error;
  });
}

interface Begun {
  readonly order: Order;
  readonly key: Secret;
}

/** The order that is under way at this authority, or a new one. */
async function begin(
  { client, call }: Acme,
  { ledger, authority: { directory } }: OrderDeps,
  name: string,
): Promise<Begun> {
  const kept = await ledger.order(name);
  if (kept?.directory === directory) {
    const order = await call(() => client.getOrder({ url: kept.url } as Order)).catch((error: unknown) => {
      // It forgets orders after some days.
      if (error instanceof AcmeProblem && error.status >= 400 && error.status < 500 && error.status !== 429)
        return null;
      throw error;
    });
    if (order !== null && order.status !== 'invalid') return { order, key: kept.key };
    await ledger.forgetOrder(name);
  }
  const key = newKey();
  const order = await call(() => client.createOrder({ identifiers: [{ type: 'dns', value: name }] }));
  await ledger.saveOrder(name, { directory, url: order.url, key });
  return { order, key };
}

interface Completing extends Begun {
  readonly name: string;
  readonly at: string;
  readonly signal: AbortSignal;
}

/** @returns the order, with its certificate's address */
async function complete(
  { client, crypto, call }: Acme,
  { order: begun, key, name, at, signal }: Completing,
): Promise<Order> {
  const deadline = performance.now() + PATIENCE_MS;
  let order = begun;
  for (let waitMs = FIRST_POLL_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_POLL_MS)) {
    switch (order.status) {
      case 'valid':
        return order;
      case 'invalid': {
        const { type, detail } = await whyInvalid(order);
        throw refused(at, name, detail || 'it says no more', type);
      }
      case 'ready': {
        const [, csr] = await crypto.createCsr({ altNames: [name] }, key.reveal());
        order = await call(() => client.finalizeOrder(order, csr));
        continue;
      }
      case 'pending':
        await answerChallenges();
        break;
      case 'processing':
        break;
    }
    if (performance.now() > deadline) {
      throw failure(
        FailureType.CertificateAuthorityUnavailable,
        `${at} has not decided on a certificate of ${name} after ${String(PATIENCE_MS / 1_000)} s: its order is ${order.status}. It is gone on with by itself.`,
      );
    }
    await sleep(waitMs, undefined, { signal });
    order = await call(() => client.getOrder(order));
  }

  async function answerChallenges(): Promise<void> {
    for (const authorization of await call(() => client.getAuthorizations(order))) {
      if (authorization.status !== 'pending') continue;
      const challenge = authorization.challenges.find(({ type }) => type === 'http-01');
      if (!challenge) throw refused(at, name, 'it offers no HTTP-01 challenge', '');
      // Our proxies answer it already: nothing is handed round.
      if (challenge.status === 'pending') await call(() => client.completeChallenge(challenge));
    }
  }

  /** The challenge says why, more than the order does. */
  async function whyInvalid(invalid: Order): Promise<ReturnType<typeof wordsOf>> {
    const authorizations = await call(() => client.getAuthorizations(invalid)).catch((): Authorization[] => []);
    const errors = [
      ...authorizations.flatMap(({ challenges }) => challenges.map(({ error }) => error)),
      invalid.error,
    ].map(wordsOf);
    return errors.find(({ detail }) => detail !== '') ?? { type: '', detail: '' };
  }
}
