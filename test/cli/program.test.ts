import { describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startServer } from './support/server.ts';
import { landfall } from './support/run.ts';

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

describe('landfall', () => {
  test('--help lists every command and every exit code [F6]', async () => {
    const { code, stdout } = await landfall(['--help']);
    expect(code).toBe(0);
    for (const command of [
      'up',
      'down',
      'install',
      'uninstall',
      'demo',
      'doctor',
      'github',
      'validate',
      'status',
      'history',
      'deploy',
      'cancel',
      'retry',
      'approve',
      'reject',
      'promote',
      'rollback',
      'queue',
      'lock',
      'unlock',
      'pause',
      'resume',
      'step',
      'logs',
      'service',
      'login',
    ]) {
      expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
    }
    for (const code of [0, 1, 2, 3, 4, 5]) expect(stdout).toContain(`\n  ${String(code)}  `);
  });

  test('--version says which one this is [F6]', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect(await landfall(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n` });
  });

  test('an unknown command, an unknown option and a bad name are refused with exit code 1 and nothing on stdout [F6]', async () => {
    for (const argv of [
      ['explode'],
      ['status', '--colour'],
      ['status', 'Shop/Web'],
      ['status', 'shop'],
      ['deploy', 'shop/web/x'],
      ['deploy', '../etc/passwd'],
      ['deploy', 'shop/web', '--timeout', 'soon'],
      ['deploy', 'shop/web', '-e', '--wait'],
      ['cancel', 'shop'],
      ['cancel', 'shop.web.42.2'],
      ['logs', 'shop.web.42/../../../readyz'],
      ['logs', 'shop.web.production.0'],
      ['approve', 'shop.web.42'],
      ['approve', 'github.actions.7.production'],
      ['approve', 'shop.web.production.42; reboot'],
      ['reject', 'shop.web.production.42'],
      ['retry', 'shop.web.production.42'],
      ['rollback', 'shop/web'],
      ['rollback', 'shop/web', 'Production'],
      ['rollback', 'shop/web', 'production', '--to', '../../etc/passwd'],
      ['rollback', 'shop/web', 'production', '--to', 'shop.web.42'],
      ['lock', 'shop/web', 'production'],
      ['lock', 'shop/web', 'production', '--reason', 'x', '--for', 'ever'],
      ['pause', 'shop/web', 'production'],
      ['queue', 'shop/web', '../x'],
    ]) {
      const { code, stdout, stderr } = await landfall(argv);
      expect({ argv, code, stdout }).toEqual({ argv, code: 1, stdout: '' });
      expect(stderr).toMatch(/^error: /);
    }
  });

  test('without an address it says how to get one [F6]', async () => {
    const { code, stderr } = await landfall(['status']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/why: +there is neither address nor access token/);
    expect(stderr).toMatch(/do: +Run `landfall login URL`/);
  });

  test('an address without a token is not asked [F6]', async () => {
    const server = await startServer(() => undefined);
    const { code, stderr } = await landfall(['status'], { env: { LANDFALL_URL: server.url } });
    await server.stop();
    expect(code).toBe(1);
    expect(stderr).toContain(`there is no access token for ${server.url}`);
    expect(server.asked).toEqual([]);
  });

  test('a server that is away is named, with what to do [F6]', async () => {
    const server = await startServer(() => undefined);
    await server.stop();
    const { code, stdout, stderr } = await landfall(['status', '--json'], { env: server.env });
    expect(code).toBe(1);
    expect(stderr).toContain('nothing answers there (connect ECONNREFUSED');
    expect(stderr).toContain('`landfall doctor`');
    expect(JSON.parse(stdout)).toMatchObject({ error: { what: expect.stringContaining(server.url) } });
  });

  test('a token that is not known, and an error of the server, are shown with what to do; the token is not [F6]', async () => {
    const server = await startServer((app) =>
      app.get(
        '/api/services',
        () => new Response(null, { status: 302, headers: { location: 'https://elsewhere.example/' } }),
      ),
    );
    const unknown = await landfall(['status'], { env: { ...server.env, LANDFALL_TOKEN: 'old-token' } });
    const redirected = await landfall(['status'], { env: server.env });
    await server.stop();
    expect(unknown.stderr).toContain('run `landfall login URL` with a current one');
    expect(redirected.stderr).toContain('it sends us to https://elsewhere.example/');
    for (const { code, stdout, stderr } of [unknown, redirected]) {
      expect(code).toBe(1);
      expect(`${stdout}${stderr}`).not.toMatch(/old-token|must-never-be-printed/);
    }
  });

  test('an answer in another form is refused, not guessed at [F6]', async () => {
    const server = await startServer((app) => app.get('/api/services', (c) => c.html('<h1>Welcome to nginx</h1>')));
    const { code, stderr } = await landfall(['status'], { env: server.env });
    await server.stop();
    expect(code).toBe(1);
    expect(stderr).toContain('not in the form that this version of the command line knows');
  });

  test('as a program of its own it ends with the exit code and writes no escape codes to a pipe [F6]', async () => {
    const env = { PATH: process.env['PATH'], HOME: '/nonexistent', FORCE_COLOR: undefined };
    const failed: unknown = await promisify(execFile)(process.execPath, [MAIN, 'status'], { env, cwd: '/' }).catch(
      (error: unknown) => error,
    );
    expect(failed).toMatchObject({ code: 1, stdout: '' });
    expect(failed).toMatchObject({ stderr: expect.stringMatching(/^error: Look for the Landfall to speak to\n/) });
  });
});
