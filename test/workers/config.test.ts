import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { readConfig } from '../../workers/config.ts';
import { tempDir } from '../support/tmp.ts';

const DAY_MS = 86_400_000;

function read(set: Readonly<Record<string, string>>) {
  const dir = tempDir();
  const tokens = join(dir, 'tokens');
  writeFileSync(tokens, 'ada:0123456789abcdef\n');
  return readConfig({
    LANDFALL_DATA_DIR: dir,
    LANDFALL_REGISTRY: '127.0.0.1:5000',
    LANDFALL_TOKENS_FILE: tokens,
    GITHUB_APP_ID: '4242',
    GITHUB_APP_PRIVATE_KEY: 'key',
    GITHUB_WEBHOOK_SECRET: 'secret',
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
