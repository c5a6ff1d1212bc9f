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
    app.get('/api/releases', (c) => c.json([]));
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

test('a token that is refused is named by where it was found, never by itself [F6]', async () => {
  const stale = 'a-stale-token-of-this-machine-0123456789';
  const dir = tempDir();
  writeFileSync(join(dir, 'address'), `${server.url}\n`);
  writeFileSync(join(dir, 'tokens'), `local:${stale}\n`);
  const folder = await landfall(['status'], { home, env: { LANDFALL_DATA_DIR: dir } });
  mkdirSync(join(home, '.config', 'landfall'), { recursive: true });
  writeFileSync(file(), JSON.stringify({ url: server.url, token: stale }), { mode: 0o600 });
  // What was logged in to goes before a data folder, also when it is an older Landfall's.
  const login = await landfall(['status'], { home, env: { LANDFALL_DATA_DIR: dir } });
  const environment = await landfall(['status'], { home, env: { LANDFALL_URL: server.url, LANDFALL_TOKEN: stale } });
  const known = (where: string) => `  why:  ${server.url} does not know the access token ${where} (401)\n`;
  expect(folder.stderr).toContain(known(`in ${join(dir, 'tokens')}`));
  expect(login.stderr).toContain(known(`that \`landfall login\` stored in ${file()}`));
  expect(login.stderr).toContain(`or remove ${file()}`);
  expect(environment.stderr).toContain(known('of LANDFALL_TOKEN'));
  for (const { stdout, stderr } of [folder, login, environment]) expect(`${stdout}${stderr}`).not.toContain(stale);
});

test('a token that the server refuses, or none, is not stored [F6]', async () => {
  const refused = await landfall(['login', server.url], { home, stdin: 'another-token-of-somebody\n' });
  const none = await landfall(['login', server.url], { home, stdin: '\n' });
  expect([refused.code, none.code]).toEqual([1, 1]);
  expect(refused.stderr).toContain('401');
  expect(none.stderr).toContain('no token was given');
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

test('the folder that a command is run in has no say in where a token or a value goes [F6]', async () => {
  const cwd = tempDir();
  const trap = await startServer(() => undefined);
  for (const [folder, url] of [
    ['.landfall', trap.url],
    [join('.config', 'landfall'), trap.url],
    [join('.local', 'state', 'landfall'), trap.url],
  ] as const) {
    mkdirSync(join(cwd, folder), { recursive: true, mode: 0o700 });
    writeFileSync(join(cwd, folder, 'address'), `${url}\n`);
    writeFileSync(join(cwd, folder, 'tokens'), `x:planted-token-0123456789\n`);
    writeFileSync(join(cwd, folder, 'access.json'), JSON.stringify({ url, token: 'planted-token' }), { mode: 0o600 });
  }
  const relative = { XDG_CONFIG_HOME: '.config', XDG_STATE_HOME: '.local/state' };
  const env = { LANDFALL_TOKEN: 'the-real-token-0123456789' };
  const setSecret = ['secret', 'set', 'shop/web', 'production', 'DATABASE_URL'];
  const ran = [
    await landfall(['status'], { home, cwd, env }),
    await landfall(setSecret, { home, cwd, env, stdin: 'the-password\n' }),
    await landfall(['status'], { home, cwd }),
    await landfall(setSecret, { home, cwd, stdin: 'the-password\n' }),
    await landfall(['status'], { home, cwd, env: { ...env, ...relative } }),
    await landfall(setSecret, { home, cwd, env: relative, stdin: 'the-password\n' }),
    await landfall(['status'], { home, cwd, env: { LANDFALL_DATA_DIR: '.landfall' } }),
  ];
  await trap.stop();
  expect(trap.asked).toEqual([]);
  expect(ran.map(({ code }) => code)).toEqual(ran.map(() => 1));
  expect(ran[0]?.stderr).toContain('LANDFALL_TOKEN is set, but LANDFALL_URL is not');
  expect(ran.at(-1)?.stderr).toContain('LANDFALL_DATA_DIR is ".landfall"');
});

test('a token of the environment goes to the server of the login, never to the one of a data folder [F6]', async () => {
  const dir = tempDir();
  const other = await startServer(() => undefined);
  writeFileSync(join(dir, 'address'), `${other.url}\n`);
  writeFileSync(join(dir, 'tokens'), `local:${TOKEN}\n`);
  const env = { LANDFALL_TOKEN: TOKEN, LANDFALL_DATA_DIR: dir };
  const before = await landfall(['status'], { home, env });
  await landfall(['login', server.url], { home, stdin: TOKEN });
  const after = await landfall(['status'], { home, env });
  await other.stop();
  expect([before.code, after.code]).toEqual([1, 0]);
  expect(other.asked).toEqual([]);
});

test('a data folder that others may write into is not used [F6]', async () => {
  const dir = tempDir();
  writeFileSync(join(dir, 'address'), `${server.url}\n`);
  writeFileSync(join(dir, 'tokens'), `local:${TOKEN}\n`);
  chmodSync(dir, 0o777);
  const { code, stderr } = await landfall(['status'], { home, env: { LANDFALL_DATA_DIR: dir } });
  expect(code).toBe(1);
  expect(stderr).toContain(`chmod 700 ${dir}`);
});
