/** A certificate with its chain and its key, read and held to what it has to be. */
import { X509Certificate, createPrivateKey, type KeyObject } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { FailureType, failure } from '../../contracts/core/failures.ts';
import { Secret } from '../../contracts/core/secret.ts';
import type { CertificateFacts } from '../../contracts/deployment/certificate.ts';
import type { IssuedCertificate } from './ledger.port.ts';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
/** PKCS #8, and the older forms of RSA and elliptic curves. */
const PRIVATE_KEY = /-----BEGIN (?:RSA |EC )?PRIVATE KEY-----[^-]+-----END (?:RSA |EC )?PRIVATE KEY-----/g;

export interface CertificateNeed {
  /** The name that it is for. */
  readonly name: string;
  /** In milliseconds since the epoch. */
  readonly now: number;
  /** Begins the sentences: a file, or whoever has issued it. */
  readonly source: string;
}

/**
 * Reads PEM: a certificate, those of its issuers, and its key, in whatever order and with whatever else around them.
 *
 * @throws `CertificateUnusable` that says what is wrong with it; nothing of the key is in the message
 */
export function readBundle(text: string, { name, now, source }: CertificateNeed): IssuedCertificate {
  const unusable = (why: string) => failure(FailureType.CertificateUnusable, `${source}: ${why}`);
  const blocks = text.match(CERTIFICATE) ?? [];
  const keys = text.match(PRIVATE_KEY) ?? [];
  if (blocks.length === 0) throw unusable('it holds no certificate (BEGIN CERTIFICATE). Put it there as PEM.');
  if (/BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED/.test(text)) {
    throw unusable('its key is locked with a passphrase. Write it without one, readable for Landfall alone.');
  }
  const [pem] = keys;
  if (pem === undefined) throw unusable('it holds no private key (BEGIN PRIVATE KEY). Put the key in the same file.');
  if (keys.length > 1)
    throw unusable(`it holds ${String(keys.length)} private keys. Leave the one of the certificate.`);
  const key = readKey(pem);
  if (!key) throw unusable('its private key cannot be read.');
  const found = blocks.map(readCertificate);
  if (found.some((one) => one === undefined)) throw unusable('one of its certificates cannot be read.');
  const certificates = found.filter((one) => one !== undefined);
  const leaf = certificates.find((one) => one.checkPrivateKey(key));
  if (!leaf) throw unusable('its private key does not fit its certificate. Put the two that belong together there.');
  if (leaf.checkHost(name) === undefined) {
    throw unusable(`it is for ${leaf.subjectAltName ?? leaf.subject.replaceAll('\n', ', ')}, and not for ${name}.`);
  }
  const facts = factsOf(leaf);
  if (facts.notAfter <= now) throw unusable(`it has expired on ${dayOf(facts.notAfter)}. Put a newer one there.`);
  if (facts.notBefore > now) throw unusable(`it is valid from ${dayOf(facts.notBefore)} only.`);
  const issuers = certificates.filter((one) => one !== leaf);
  const chain = [leaf, ...issuers].map(String).join('');
  const plainKey = key.export({ type: 'pkcs8', format: 'pem' }).toString();
  const refusal = whyNotForTls(chain, plainKey);
  if (refusal !== undefined)
    throw unusable(
      `TLS does not take it (${refusal}). Put one there with a key of 2,048 bits, or of an elliptic curve.`,
    );
  return { ...facts, chain, key: new Secret(plainKey) };
}

/** OpenSSL's demands on certificates on the systems that HAProxy runs on: RSA keys have 2,048 bits at least, say. */
const STRENGTH = 'DEFAULT@SECLEVEL=2';

/** HAProxy neither starts nor reloads with a certificate that OpenSSL refuses: every service of the host would suffer. */
function whyNotForTls(cert: string, key: string): string | undefined {
  try {
    createSecureContext({ cert, key, ciphers: STRENGTH });
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown';
  }
}

export function factsOf(certificate: X509Certificate): CertificateFacts {
  return {
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    notBefore: Date.parse(certificate.validFrom),
    notAfter: Date.parse(certificate.validTo),
  };
}

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

function readKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    // The library's words may hold parts of the key.
    return undefined;
  }
}

function readCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}
