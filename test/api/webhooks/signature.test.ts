import { describe, expect, test } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { createVerifier } from '../../../api/http/signature.ts';
import { Secret } from '../../../contracts/core/secret.ts';

const body = Buffer.from('Hello, World!');
/** Byte by byte, as a slow network hands them over. */
function isSignedBy(known: readonly Secret[], bytes: Uint8Array, header: string): boolean {
  const verifier = createVerifier(known, header);
  for (const byte of bytes) verifier?.update(Uint8Array.of(byte));
  return (verifier?.signedBy() ?? []).length > 0;
}
const secrets = [new Secret("It's a Secret to Everybody"), new Secret('another one')];
/** GitHub's own example (docs, "Validating webhook deliveries", "Testing the webhook payload validation"). */
const GITHUBS = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
const by = (key: string, bytes: Uint8Array = body) => `sha256=${createHmac('sha256', key).update(bytes).digest('hex')}`;

describe('webhook signatures', () => {
  test("GitHub's documented example verifies [B1]", () => {
    expect(isSignedBy(secrets, body, GITHUBS)).toBe(true);
  });

  test('each of several secrets is accepted, so that one can be rotated [B1]', () => {
    expect(isSignedBy(secrets, body, by('another one'))).toBe(true);
  });

  test.each([
    ['another secret', by('guessed')],
    ['other bytes', by("It's a Secret to Everybody", Buffer.from('Hello, World?'))],
    ['no signature', ''],
    ['another algorithm', `sha1=${'0'.repeat(40)}`],
    ['too few digits', GITHUBS.slice(0, -2)],
    ['too many digits', `${GITHUBS}00`],
    ['upper case', GITHUBS.toUpperCase()],
    ['something behind it', `${GITHUBS}\n`],
  ])('refuses %s [B1]', (_name, header) => {
    expect(isSignedBy(secrets, body, header)).toBe(false);
  });

  test('bytes that are not UTF-8 are signed as they are [B1]', () => {
    const bytes = Uint8Array.of(0xff, 0x00, 0xfe);
    expect(isSignedBy(secrets, bytes, by('another one', bytes))).toBe(true);
    expect(isSignedBy(secrets, Buffer.from(Buffer.from(bytes).toString()), by('another one', bytes))).toBe(false);
  });

  test('well-formed means lower-case SHA-256 and nothing else [B1]', () => {
    expect(createVerifier(secrets, GITHUBS)).toBeDefined();
    expect(createVerifier(secrets, `sha1=${'0'.repeat(40)}`)).toBeUndefined();
  });
});
