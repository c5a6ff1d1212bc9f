import { beforeAll, describe, expect, test } from '@jest/globals';
import { readBundle } from '../../../activities/certificates/bundle.ts';
import { failureOf } from '../../../contracts/core/failures.ts';
import { WEAK, selfSigned, type SelfSigned } from '../../support/self-signed.ts';

const wanted = { name: 'shop.example.com', now: Date.now(), source: '/own/shop.pem' };

function said(text: string): string | undefined {
  try {
    readBundle(text, wanted);
    return undefined;
  } catch (error) {
    return failureOf(error)?.message;
  }
}

describe('a certificate file', () => {
  let good: SelfSigned;
  let other: SelfSigned;
  let expired: SelfSigned;
  let weak: SelfSigned;
  beforeAll(async () => {
    good = await selfSigned('shop.example.com');
    other = await selfSigned('*.example.org');
    expired = await selfSigned('shop.example.com', -3);
    weak = await selfSigned('shop.example.com', 30, WEAK);
  });

  test('is read in whatever order its parts are, with its issuers behind it [G7]', () => {
    const read = readBundle(`${good.key}text around\n${other.chain}${good.chain}`, wanted);
    expect(read.chain.replaceAll(/\s/g, '')).toBe((good.chain + other.chain).replaceAll(/\s/g, ''));
    expect(read.key.reveal().trim()).toBe(good.key.trim());
    expect(read.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(said((good.chain + good.key).replaceAll('\n', '\r\n'))).toBeUndefined();
  });

  test('that cannot serve is refused by a sentence, without a word of its key [G7]', () => {
    expect(said('')).toBe('/own/shop.pem: it holds no certificate (BEGIN CERTIFICATE). Put it there as PEM.');
    expect(said(good.chain)).toMatch(/holds no private key/);
    expect(said(good.chain + other.key)).toBe(
      '/own/shop.pem: its private key does not fit its certificate. Put the two that belong together there.',
    );
    expect(said(good.both + other.key)).toMatch(/holds 2 private keys/);
    expect(said(other.both)).toBe('/own/shop.pem: it is for DNS:*.example.org, and not for shop.example.com.');
    expect(said(expired.both)).toMatch(
      /^\/own\/shop\.pem: it has expired on \d{4}-\d\d-\d\d\. Put a newer one there\.$/,
    );
    expect(said(good.chain + good.key.replace(/[A-Za-z0-9]{12}/, 'AAAAAAAAAAAA'))).toBe(
      '/own/shop.pem: its private key cannot be read.',
    );
    expect(said(weak.both)).toBe(
      '/own/shop.pem: TLS does not take it (ERR_SSL_EE_KEY_TOO_SMALL). Put one there with a key of 2,048 bits, or of an elliptic curve.',
    );
    expect(said(good.chain + good.key.replaceAll('PRIVATE', 'ENCRYPTED PRIVATE'))).toMatch(/locked with a passphrase/);
  });
});
