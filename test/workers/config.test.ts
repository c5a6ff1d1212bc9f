import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { readConfig } from '../../workers/config.ts';
import { tempDir } from '../support/tmp.ts';

const DAY_MS = 86_400_000;

function read(set: Readonly<Record<string, string>>) {
  const dir = tempDir();
  const tokens = join(dir, 'tokens');
  writeFileSync(tokens, 'ada:0123456789abcdef0123456789abcdef\n');
  return readConfig({
    DATABASE_URL: 'postgres://u:p@db.example/landfall',
    LANDFALL_DATA_DIR: dir,
    LANDFALL_REGISTRY: '127.0.0.1:5000',
    LANDFALL_TOKENS_FILE: tokens,
    GITHUB_APP_ID: '4242',
    GITHUB_APP_PRIVATE_KEY: 'key',
    GITHUB_WEBHOOK_SECRET: 'a-secret-of-this-test',
    ...set,
  });
}

test.each([
  [{}, 400, 90],
  [{ LANDFALL_KEEP_AUDIT: '', LANDFALL_KEEP_DELIVERIES: '' }, 400, 90],
  [{ LANDFALL_KEEP_AUDIT: '1d', LANDFALL_KEEP_DELIVERIES: '168h' }, 1, 7],
  [{ LANDFALL_KEEP_AUDIT: '36500d', LANDFALL_KEEP_DELIVERIES: '30d' }, 36_500, 30],
])('with %j the audit trail is kept for %d days, deliveries for %d [A8]', (set, audit, deliveries) => {
  expect(read(set).retention).toEqual({ auditMs: audit * DAY_MS, deliveriesMs: deliveries * DAY_MS });
});

test('"forever" keeps everything [A8]', () => {
  const { retention } = read({ LANDFALL_KEEP_AUDIT: 'forever', LANDFALL_KEEP_DELIVERIES: 'forever' });
  expect(retention).toEqual({ auditMs: null, deliveriesMs: null });
});

test.each(['400', '-1d', '0d', '23h', '1 year', 'Forever', '36501d', '999999999d', '1.5d'])(
  'it does not start with an audit trail that is kept for %j, and says what to use [A8]',
  (text) => {
    expect(() => read({ LANDFALL_KEEP_AUDIT: text })).toThrow(
      'Landfall cannot start; these settings are missing or wrong:\n  LANDFALL_KEEP_AUDIT: use a time from 1d to 36500d, such as 400d, or forever',
    );
  },
);

test('deliveries are kept for as long as GitHub can be asked for them again, at least [A8][B1]', () => {
  expect(() => read({ LANDFALL_KEEP_DELIVERIES: '6d' })).toThrow(
    'LANDFALL_KEEP_DELIVERIES: use a time from 7d to 36500d, such as 400d, or forever',
  );
});

test.each([
  ['a', 'shorter than 16 characters'],
  ['x,yyyyyyyyyyyyyyyyyyyyyyyyyyyyyy', 'shorter than 16 characters'],
  [`${'y'.repeat(30)},`, 'one of the secrets is empty'],
])('it does not start with the webhook secret %j, and says what to use [B1]', (text, words) => {
  expect(() => read({ GITHUB_WEBHOOK_SECRET: text })).toThrow(words);
  expect(() => read({ GITHUB_WEBHOOK_SECRET: text })).not.toThrow('yyyy');
});

test('webhook secrets from a file may hold commas, one a line [B1]', () => {
  const file = join(tempDir(), 'webhook');
  writeFileSync(file, 'new,secret,with,commas\n\nthe-secret-of-before\n');
  const { webhookSecrets } = read({ GITHUB_WEBHOOK_SECRET: '', GITHUB_WEBHOOK_SECRET_FILE: file });
  expect(webhookSecrets.map((one) => one.reveal())).toEqual(['new,secret,with,commas', 'the-secret-of-before']);
  writeFileSync(file, 'short\n');
  expect(() => read({ GITHUB_WEBHOOK_SECRET_FILE: file })).toThrow('entry 1: use a secret of at least 16 characters');
});

test('an access token is long, or it does not start [F6]', () => {
  const file = join(tempDir(), 'tokens');
  writeFileSync(file, 'ada:0123456789abcdef\n');
  expect(() => read({ LANDFALL_TOKENS_FILE: file })).toThrow('a token of at least 32 characters');
});

test.each(['localhost', '127.0.0.1/33', '10.0.0.0/8/8', '::1/129', ',', '10.0.0.0/x'])(
  'it does not start with the trusted proxies %j [F6]',
  (text) => {
    expect(() => read({ LANDFALL_TRUSTED_PROXIES: text })).toThrow(
      'LANDFALL_TRUSTED_PROXIES: use addresses or networks',
    );
  },
);

test('proxies that are trusted are addresses and networks of both families [F6]', () => {
  const { trustedProxies } = read({ LANDFALL_TRUSTED_PROXIES: '127.0.0.1, 10.0.0.0/8, 2001:db8::/32' });
  expect(trustedProxies.check('10.9.8.7')).toBe(true);
  expect(trustedProxies.check('11.0.0.1')).toBe(false);
  expect(trustedProxies.check('2001:db8::9', 'ipv6')).toBe(true);
  expect(read({}).trustedProxies.check('127.0.0.1')).toBe(false);
});
