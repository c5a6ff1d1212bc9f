import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { readPrivateKey } from '../../../activities/github/private-key.ts';
import { Secret } from '../../../contracts/core/secret.ts';

const generate = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength }).privateKey;
const key = generate(2048);
const pkcs1 = key.export({ type: 'pkcs1', format: 'pem' }).toString();
const pkcs8 = key.export({ type: 'pkcs8', format: 'pem' }).toString();
const base64 = (text: string) => Buffer.from(text).toString('base64');

const spellings: readonly [name: string, text: string][] = [
  ['PKCS#1 as GitHub hands it out', pkcs1],
  ['PKCS#8', pkcs8],
  ['with escaped line ends', pkcs1.replaceAll('\n', '\\n')],
  ['with escaped CRLF', pkcs8.replaceAll('\n', '\\r\\n')],
  ['with CRLF', pkcs1.replaceAll('\n', '\r\n')],
  ['on one line', pkcs1.replaceAll('\n', ' ')],
  ['on one line without any space', pkcs8.replaceAll('\n', '')],
  ['in quotes', `"${pkcs1.replaceAll('\n', '\\n')}"`],
  ['indented', pkcs1.replaceAll('\n', '\n    ')],
  ['as base64', base64(pkcs1)],
  ['as base64 in lines', base64(pkcs8).replaceAll(/.{76}/g, '$&\n')],
  ['as base64 of the escaped form', base64(pkcs1.replaceAll('\n', '\\n'))],
];

describe('readPrivateKey', () => {
  test.each(spellings)('accepts a key %s [A1]', (_, text) => {
    const read = createPrivateKey(readPrivateKey(new Secret(text)).reveal());
    expect(read.equals(key)).toBe(true);
  });

  const encrypted = key
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'passphrase' })
    .toString();
  const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const wrong: readonly [name: string, text: string, says: RegExp][] = [
    ['cut off', pkcs1.slice(0, 900), /neither a whole PEM/],
    ['empty', '', /neither a whole PEM/],
    ['a password', 'hunter2-hunter2-hunter2', /neither a whole PEM/],
    ['damaged', pkcs1.replace(/[A-Za-z]{40}/, 'A'.repeat(40)).replace(/MII/, 'AII'), /cannot be read as an RSA key/],
    ['encrypted', encrypted, /ENCRYPTED PRIVATE KEY/],
    ['a public key', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----', /PUBLIC KEY/],
    ['elliptic', elliptic.export({ type: 'pkcs8', format: 'pem' }).toString(), /cannot be read as an RSA key/],
    ['short', generate(1024).export({ type: 'pkcs1', format: 'pem' }).toString(), /fewer than 2048 bits/],
  ];

  test.each(wrong)('says what is wrong with a key that is %s, and shows none of it [A1]', (_, text, says) => {
    const refusal = (): unknown => {
      try {
        return readPrivateKey(new Secret(text));
      } catch (error) {
        return error;
      }
    };
    const shown = inspect(refusal());
    expect(shown).toMatch(says);
    const pieces = text.match(/[A-Za-z0-9+/]{24,}/g) ?? [];
    expect(pieces.filter((piece) => shown.includes(piece.slice(0, 24)))).toEqual([]);
  });
});
