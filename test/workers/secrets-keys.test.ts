import { randomBytes } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { Secret } from '../../contracts/core/secret.ts';
import { seal, unseal } from '../../store/sealing.ts';
import { parseSecretsKeys, readSecretsKeys } from '../../workers/secrets-keys.ts';
import { tempDir } from '../support/tmp.ts';

const PLACE = { key: { project: 'shop', service: 'web', environment: 'production' }, name: 'TOKEN', since: 1 };
const material = () => randomBytes(32).toString('base64');

test('without a file, a key is made once, for its owner only, and is the same after a restart [B17]', async () => {
  const dataDir = tempDir();
  const [first] = await readSecretsKeys({ file: undefined, dataDir });
  const sealed = seal([first], new Secret('kept over a restart'), PLACE);
  const again = await readSecretsKeys({ file: undefined, dataDir });
  expect(unseal(again, sealed, PLACE).reveal()).toBe('kept over a restart');
  expect(statSync(join(dataDir, 'secrets.key')).mode & 0o777).toBe(0o600);
  const [other] = await readSecretsKeys({ file: undefined, dataDir: tempDir() });
  expect(other.id).not.toBe(first.id);
});

test('a file names its keys, the first one seals, and comments and empty lines are left out [B17]', async () => {
  const file = join(tempDir(), 'keys');
  writeFileSync(file, `# newest first\nkey-2:${material()}\n\n  key-1: ${material()}\n`);
  const keys = await readSecretsKeys({ file, dataDir: tempDir() });
  expect(keys.map(({ id }) => id)).toEqual(['key-2', 'key-1']);
  expect(seal(keys, new Secret('any'), PLACE).keyId).toBe('key-2');
});

test.each([
  ['of another length', (key: string) => `key-1:${key.slice(0, 20)}`, /line 1: use KEYID:BASE64 with 32 bytes/],
  ['without a name', (key: string) => key, /line 1: use KEYID:BASE64/],
  ['with a name that is none', (key: string) => `a key:${key}`, /line 1: use KEYID:BASE64/],
  ['that is named twice', (key: string) => `a:${key}\na:${key}`, /line 2: there are two keys named a/],
])('a key %s is refused by its line, and is not shown [B17]', (_name, line, expected) => {
  const key = material();
  expect(() => parseSecretsKeys(line(key), 'keys')).toThrow(expected);
  expect(() => parseSecretsKeys(line(key), 'keys')).not.toThrow(key.slice(0, 20));
});

test('a file without any key, or none at all, is refused with what to do [B17]', async () => {
  expect(() => parseSecretsKeys('# none\n', 'keys')).toThrow(/keys holds no key for secrets. Add one with/);
  await expect(readSecretsKeys({ file: '/nonexistent/keys', dataDir: tempDir() })).rejects.toThrow(
    /\/nonexistent\/keys: ENOENT/,
  );
});

test('a key does not print [B17]', async () => {
  const dataDir = tempDir();
  const keys = await readSecretsKeys({ file: undefined, dataDir });
  const text = readFileSync(join(dataDir, 'secrets.key'), 'utf8').split(':')[1]?.trim() ?? '';
  const hex = Buffer.from(text, 'base64').toString('hex');
  expect(JSON.stringify(keys)).not.toMatch(new RegExp(`${hex}|${text.slice(0, 16).replaceAll('+', '\\+')}`));
});
