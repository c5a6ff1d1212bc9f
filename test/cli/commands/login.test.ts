import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serviceView } from '../support/views.ts';
import { landfall } from '../support/run.ts';
import { tempDir } from '../../support/tmp.ts';
import type { TestServer } from '../support/server.ts';
import { TOKEN, startServer } from '../support/server.ts';

let server: TestServer;
let home: string;
beforeEach(async () => {
  home = tempDir();
  server = await startServer((app) => {
    app.get('/api/services', (c) => c.json([serviceView()]));
    app.get('/api/deployments', (c) => c.json([]));
  });
});
afterEach(() => server.stop());

const file = () => join(home, '.config', 'landfall', 'access.json');

test('a token that the server accepts is stored for its owner only, and used from then on [F6]', async () => {
  const { code, stdout, stderr } = await landfall(['login', `${server.url}/`], { home, stdin: `${TOKEN}\n` });
  expect(code).toBe(0);
  expect(`${stdout}${stderr}`).not.toContain(TOKEN);
  expect(statSync(file()).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(file(), 'utf8'))).toEqual({ url: server.url, token: TOKEN });
  expect((await landfall(['status'], { home })).stdout).toContain('shop/web');
});

test('logging in again replaces what was stored [F6]', async () => {
  mkdirSync(join(home, '.config', 'landfall'), { recursive: true });
  writeFileSync(file(), 'not json', { mode: 0o600 });
  expect((await landfall(['status'], { home })).stderr).toContain('not what `landfall login` writes');
  expect((await landfall(['login', server.url], { home, stdin: TOKEN })).code).toBe(0);
  expect((await landfall(['status'], { home })).code).toBe(0);
});

test('a token that the server refuses, or none, is not stored [F6]', async () => {
  const refused = await landfall(['login', server.url], { home, stdin: 'another-token-of-somebody\n' });
  const none = await landfall(['login', server.url], { home, stdin: '\n' });
  expect([refused.code, none.code]).toEqual([1, 1]);
  expect(refused.stderr).toContain('401');
  expect(none.stderr).toContain('nothing was given');
  expect(existsSync(file())).toBe(false);
});

test('an address with a password in it, or of another kind, is refused [F6]', async () => {
  for (const url of ['ftp://example.org', 'https://user:secret-word@example.org', 'example.org']) {
    expect(await landfall(['login', url], { home, stdin: TOKEN })).toMatchObject({ code: 1 });
  }
});

test('a stored token that others may read is not used [F6]', async () => {
  await landfall(['login', server.url], { home, stdin: TOKEN });
  chmodSync(file(), 0o644);
  const { code, stderr } = await landfall(['status'], { home });
  expect(code).toBe(1);
  expect(stderr).toContain(`chmod 600 ${file()}`);
});

test('a stored token is never sent to another server [F6]', async () => {
  await landfall(['login', server.url], { home, stdin: TOKEN });
  const other = await startServer(() => undefined);
  const { code, stderr } = await landfall(['status'], { home, env: { LANDFALL_URL: other.url } });
  await other.stop();
  expect(code).toBe(1);
  expect(stderr).toContain(`there is no access token for ${other.url}`);
  expect(other.asked).toEqual([]);
});

test('a Landfall that `up` started on this machine is found by its data folder [F6]', async () => {
  const dir = tempDir();
  writeFileSync(join(dir, 'address'), `${server.url}\n`);
  writeFileSync(join(dir, 'tokens'), `local:${TOKEN}\n`);
  const { code } = await landfall(['status'], { home, env: { LANDFALL_DATA_DIR: dir } });
  expect(code).toBe(0);
});
