import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { assertComplete, environmentText, partSettings } from '../../../cli/install/credentials.ts';
import { tempDir } from '../../support/tmp.ts';

const KEY = '-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----\n';
const SECRETS = 'a-secret-of-the-webhook';

const parted = (env: Readonly<Record<string, string>>, cwd = '/') => {
  const { plain, secrets } = partSettings(env, cwd);
  return { plain, secrets: Object.fromEntries([...secrets].map(([name, secret]) => [name, secret.reveal()])) };
};

test('secrets leave the environment, be they given as values or as files [H1][F3]', () => {
  const dir = tempDir();
  writeFileSync(join(dir, 'app.pem'), KEY);
  writeFileSync(join(dir, 'hosts'), 'web-1:a-token\n');
  expect(
    parted(
      {
        GITHUB_APP_ID: '12',
        GITHUB_APP_PRIVATE_KEY_FILE: 'app.pem',
        GITHUB_WEBHOOK_SECRET: `${SECRETS}-1, ${SECRETS}-2`,
        DATABASE_URL: 'postgres://me:word@db/landfall',
        LANDFALL_HOST_TOKENS_FILE: join(dir, 'hosts'),
        LANDFALL_URL: 'https://landfall.example.org',
        LANDFALL_LOG_LEVEL: '',
      },
      dir,
    ),
  ).toEqual({
    plain: { GITHUB_APP_ID: '12', LANDFALL_URL: 'https://landfall.example.org' },
    secrets: {
      'github-app-private-key': KEY,
      'github-webhook-secrets': `${SECRETS}-1\n${SECRETS}-2\n`,
      'database-url': 'postgres://me:word@db/landfall\n',
      'host-tokens': 'web-1:a-token\n',
    },
  });
});

test('a key may stand in the variable as base64 [H1]', () => {
  const value = Buffer.from(KEY).toString('base64');
  expect(parted({ GITHUB_APP_PRIVATE_KEY: value }).secrets).toEqual({ 'github-app-private-key': `${value}\n` });
});

test.each([
  [{ GITHUB_APP_PRIVATE_KEY_FILE: '/none.pem' }, 'names /none.pem, which cannot be read (ENOENT)'],
  [{ GITHUB_APP_PRIVATE_KEY: 'hunter2hunter2hunter2' }, 'GITHUB_APP_PRIVATE_KEY is no private key'],
  [{ GITHUB_WEBHOOK_SECRET: 'hunter2' }, 'GITHUB_WEBHOOK_SECRET holds a secret of less than 16 characters'],
  [
    { GITHUB_WEBHOOK_SECRET: 'hunter2', GITHUB_WEBHOOK_SECRET_FILE: '/x' },
    'both GITHUB_WEBHOOK_SECRET_FILE and GITHUB_WEBHOOK_SECRET are set',
  ],
  [{ LANDFALL_REGISTRY_AUTH_FILE: '/a,/b' }, 'LANDFALL_REGISTRY_AUTH_FILE names several files'],
  [{ LANDFALL_SECRETS_KEY_FILE: '/dev/null' }, '/dev/null is empty'],
  [{ LANDFALL_HOSTS_FILE: 'hosts.json' }, 'LANDFALL_HOSTS_FILE is "hosts.json"'],
  [{ LANDFALL_URL: 'https://x\nLD_PRELOAD=/x' }, 'LANDFALL_URL holds what an environment file does not'],
  [{ LANDFALL_URL: '"https://x"' }, 'LANDFALL_URL holds what an environment file does not'],
  [{ 'A B': 'c' }, 'A B holds what an environment file does not'],
])('%j is refused: %s [F6][F3]', (env, words) => {
  const refused = () => partSettings({ ...env, LANDFALL_LISTEN: '#' }, '/');
  expect(refused).toThrow(words);
  // All that is wrong is said at once, and no value of a secret.
  expect(refused).toThrow('LANDFALL_LISTEN');
  expect(refused).not.toThrow('hunter2');
});

test('without its App a service is not installed [F6]', () => {
  const complete = { GITHUB_APP_ID: '12', GITHUB_APP_PRIVATE_KEY: KEY, GITHUB_WEBHOOK_SECRET: SECRETS };
  assertComplete(partSettings(complete, '/'));
  expect(() => assertComplete(partSettings({}, '/'))).toThrow(
    'GITHUB_APP_ID, GITHUB_APP_PRIVATE_KEY_FILE, GITHUB_WEBHOOK_SECRET_FILE are not set',
  );
  expect(() => assertComplete(partSettings({ ...complete, GITHUB_APP_ID: 'my-app' }, '/'))).toThrow('is no number');
});

test('the environment file holds a line for each setting [H1]', () => {
  expect(environmentText({ GITHUB_APP_ID: '12', LANDFALL_TRUSTED_PROXIES: '127.0.0.1, 10.0.0.0/8' })).toBe(
    'GITHUB_APP_ID=12\nLANDFALL_TRUSTED_PROXIES=127.0.0.1, 10.0.0.0/8\n',
  );
});
