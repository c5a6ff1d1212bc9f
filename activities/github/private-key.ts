/**
 * Written by hand: GitHub's libraries take a key as PKCS#8 with real line ends only, and for any other one report no
 * more than that it fails.
 */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { Secret } from '../../contracts/core/secret.ts';

const BLOCK = /-----BEGIN ([A-Z ]+)-----([^-]*)-----END \1-----/;
/** GitHub generates PKCS#1; key stores and `openssl pkcs8` make PKCS#8. */
const FORMATS: Readonly<Record<string, 'pkcs1' | 'pkcs8'>> = { 'RSA PRIVATE KEY': 'pkcs1', 'PRIVATE KEY': 'pkcs8' };
const MIN_BITS = 2048;

/**
 * Reads a GitHub App's private key however it survived its trip through files and environment variables: PKCS#1 or
 * PKCS#8, with real or escaped (`\n`) line ends, CRLF, all on one line, in quotes, or as base64 of any of these.
 *
 * @returns the key as a PKCS#8 PEM
 * @throws Error that says what is wrong with it, and never holds any of it
 */
export function readPrivateKey(given: Secret): Secret {
  const text = given.reveal().trim();
  const pem = text.includes('-----BEGIN') ? text : Buffer.from(text, 'base64').toString('utf8');
  const [, label, body = ''] = BLOCK.exec(pem.replace(/\\r|\\n/g, '\n')) ?? [];
  if (label === undefined) throw refused('is neither a whole PEM (BEGIN to END line) nor base64 of one');
  const format = FORMATS[label];
  if (!format) throw refused(`is of a kind that GitHub does not hand out (${label})`);

  const key = parse(Buffer.from(body, 'base64'), format);
  if (key?.asymmetricKeyType !== 'rsa') throw refused('cannot be read as an RSA key: it may be damaged or encrypted');
  if ((key.asymmetricKeyDetails?.modulusLength ?? 0) < MIN_BITS) throw refused(`has fewer than ${MIN_BITS} bits`);
  return new Secret(key.export({ type: 'pkcs8', format: 'pem' }).toString());
}

function parse(der: Buffer, type: 'pkcs1' | 'pkcs8'): KeyObject | undefined {
  try {
    return createPrivateKey({ key: der, format: 'der', type });
  } catch {
    // OpenSSL's message may quote the key.
    return undefined;
  }
}

const refused = (why: string) =>
  new Error(
    `The GitHub App's private key ${why}. Generate one under "Private keys" in the App's settings, and give the downloaded .pem file or base64 of it.`,
  );
