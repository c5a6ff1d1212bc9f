/**
 * Secrets at rest: AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce, under a key that has a name. The owner of
 * a value is authenticated with it, so a row that is moved or swapped does not open.
 *
 * Written by hand: it is one call of node:crypto, and a library's own format would not carry the key's name and the
 * row's place.
 */
import { createCipheriv, createDecipheriv, randomBytes, type KeyObject } from 'node:crypto';
import { failure } from '../contracts/core/failures.ts';
import { environmentId } from '../contracts/core/ids.ts';
import type { EnvironmentKey } from '../contracts/core/keys.ts';
import { Secret } from '../contracts/core/secret.ts';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** The length of a key in the key file. */
export const KEY_BYTES = 32;

/** A key of {@link KEY_BYTES} bytes, and what it is called in what it sealed. */
export interface SecretsKey {
  readonly id: string;
  readonly key: KeyObject;
}

/** The first one seals; all of them open. */
export type Keyring = readonly [SecretsKey, ...SecretsKey[]];

/** A value as it is stored. */
export interface Sealed {
  readonly keyId: string;
  /** Base64. */
  readonly nonce: string;
  /** Base64; ends with the tag. */
  readonly text: string;
}

/** The owner of a value. */
export type SealedPlace = SealedVariable | SealedPrivateKey;

/** `since`: the revision that it came with. */
export interface SealedVariable {
  readonly key: EnvironmentKey;
  readonly name: string;
  readonly since: number;
}

/** A private key of Landfall's own: an account at a certificate authority, or a certificate's. */
export interface SealedPrivateKey {
  readonly privateKey: 'account' | 'order' | 'certificate';
  /** The address of the authority, or the name that the certificate is for. */
  readonly of: string;
}

export function seal([{ id, key }]: Keyring, value: Secret, place: SealedPlace): Sealed {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(authenticated(place));
  const text = Buffer.concat([cipher.update(value.reveal(), 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return { keyId: id, nonce: nonce.toString('base64'), text: text.toString('base64') };
}

/** The number of bytes of UTF-8 that were sealed: the cipher keeps it. */
export const sealedLength = ({ text }: Pick<Sealed, 'text'>): number => Buffer.byteLength(text, 'base64') - TAG_BYTES;

/** @throws `SecretUnreadable` for a key that is not here, and for what is not as it was sealed */
export function unseal(keys: Keyring, { keyId, nonce, text }: Sealed, place: SealedPlace): Secret {
  const { what, remedy } = described(place);
  const found = keys.find(({ id }) => id === keyId);
  if (!found) {
    const known = keys.map(({ id }) => id).join(', ');
    throw failure(
      'SecretUnreadable',
      `${what}: it is sealed with key ${keyId}, and Landfall has ${known}. Add ${keyId} to LANDFALL_SECRETS_KEY_FILE, or ${remedy}.`,
    );
  }
  try {
    const bytes = Buffer.from(text, 'base64');
    const end = bytes.length - TAG_BYTES;
    const decipher = createDecipheriv(CIPHER, found.key, Buffer.from(nonce, 'base64'), { authTagLength: TAG_BYTES })
      .setAAD(authenticated(place))
      .setAuthTag(bytes.subarray(end));
    return new Secret(Buffer.concat([decipher.update(bytes.subarray(0, end)), decipher.final()]).toString('utf8'));
  } catch {
    // The library says no more than that, and what it says is not for people.
    throw failure(
      'SecretUnreadable',
      `${what}: it is not what was sealed with key ${keyId}. Another key has that name, or the row was changed or moved in the database: ${remedy}.`,
    );
  }
}

function authenticated(place: SealedPlace): Buffer {
  const parts =
    'privateKey' in place
      ? [place.privateKey, place.of]
      : [place.key.project, place.key.service, place.key.environment, place.name, place.since];
  return Buffer.from(JSON.stringify(parts), 'utf8');
}

function described(place: SealedPlace): { readonly what: string; readonly remedy: string } {
  if (!('privateKey' in place)) {
    const { key, name, since } = place;
    return {
      what: `Secret ${name} of ${environmentId(key)} (revision ${since}) could not be opened`,
      remedy: 'set the secret again',
    };
  }
  const what = place.privateKey === 'account' ? `The key of the account at ${place.of}` : `The key of ${place.of}`;
  return { what: `${what} could not be opened`, remedy: 'remove its row, and a new one is made' };
}
