import { createSecretKey, randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { failureOf } from '../../contracts/core/failures.ts';
import { Secret } from '../../contracts/core/secret.ts';
import { seal, unseal, type Keyring, type Sealed, type SealedPlace } from '../../store/sealing.ts';

const key = (id: string) => ({ id, key: createSecretKey(randomBytes(32)) });
const OLD = key('old');
const KEYS: Keyring = [key('new'), OLD];
const PLACE: SealedPlace = {
  key: { project: 'shop', service: 'web', environment: 'production' },
  name: 'DATABASE_URL',
  since: 3,
};
const VALUE = 'postgres://shop:hunter2@db/shop\nwith a second line, and €';

function refusal(open: () => unknown) {
  try {
    open();
  } catch (error) {
    return failureOf(error);
  }
  throw new Error('it was opened');
}

describe('a sealed secret', () => {
  test('opens with the key that sealed it, whichever place that has by now [B17]', () => {
    const sealed = seal([OLD], new Secret(VALUE), PLACE);
    expect(sealed.keyId).toBe('old');
    expect(unseal(KEYS, sealed, PLACE).reveal()).toBe(VALUE);
  });

  test('is sealed with the first key, another nonce each time, and shows nothing of the value [B17]', () => {
    const [one, two] = [seal(KEYS, new Secret(VALUE), PLACE), seal(KEYS, new Secret(VALUE), PLACE)];
    expect(one.keyId).toBe('new');
    expect(Buffer.from(one.nonce, 'base64')).toHaveLength(12);
    expect(one.nonce).not.toBe(two.nonce);
    expect(one.text).not.toBe(two.text);
    expect(Buffer.from(one.text, 'base64').toString('latin1')).not.toContain('hunter2');
  });

  test('of a key that is not here is refused by the names of both keys [B17]', () => {
    const sealed = seal([OLD], new Secret(VALUE), PLACE);
    const failure = refusal(() => unseal([key('other')], sealed, PLACE));
    expect(failure?.type).toBe('SecretUnreadable');
    expect(failure?.message).toMatch(/DATABASE_URL of shop\.web\.production .* key old, and Landfall has other\./);
  });

  const flip = (text: string, at: number): string => {
    const bytes = Buffer.from(text, 'base64');
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    return bytes.toString('base64');
  };
  const sealed = seal(KEYS, new Secret(VALUE), PLACE);
  test.each<[string, Sealed, Keyring, Partial<SealedPlace>]>([
    ['under another key of the same name', sealed, [key('new')], {}],
    ['with a changed value', { ...sealed, text: flip(sealed.text, 0) }, KEYS, {}],
    [
      'with a changed tag',
      { ...sealed, text: flip(sealed.text, Buffer.from(sealed.text, 'base64').length - 1) },
      KEYS,
      {},
    ],
    ['with a changed nonce', { ...sealed, nonce: flip(sealed.nonce, 0) }, KEYS, {}],
    [
      'with a shortened tag',
      { ...sealed, text: Buffer.from(sealed.text, 'base64').subarray(0, -4).toString('base64') },
      KEYS,
      {},
    ],
    ['with nothing in it', { ...sealed, text: '' }, KEYS, {}],
    ['in another environment', sealed, KEYS, { key: { project: 'shop', service: 'web', environment: 'staging' } }],
    ['under another name', sealed, KEYS, { name: 'ADMIN_TOKEN' }],
    ['in another revision', sealed, KEYS, { since: 4 }],
  ])('%s is refused, and the error holds no value [B17]', (_name, row, keys, moved) => {
    const failure = refusal(() => unseal(keys, row, { ...PLACE, ...moved }));
    expect(failure?.type).toBe('SecretUnreadable');
    expect(failure?.message).toContain('it is not what was sealed with key new');
    expect(failure?.message).not.toContain('hunter2');
  });
});
