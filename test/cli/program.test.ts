import { describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { problem, startServer } from './support/server.ts';
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
      'serve',
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
    expect(stderr).toContain(`nothing answers at ${server.url} (connect ECONNREFUSED`);
    expect(stderr).toContain('`landfall doctor`');
    expect(JSON.parse(stdout)).toMatchObject({ error: { what: 'landfall status' } });
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
    expect(unknown.stderr).toContain(`${server.url} does not know the access token of LANDFALL_TOKEN (401)`);
    expect(unknown.stderr).toContain('do:   Set LANDFALL_TOKEN to a current one');
    expect(redirected.stderr).toContain('sends us to https://elsewhere.example/');
    for (const { code, stdout, stderr } of [unknown, redirected]) {
      expect(code).toBe(1);
      expect(`${stdout}${stderr}`).not.toMatch(/old-token|must-never-be-printed/);
    }
  });

  test('an error begins with the command that was wanted, and has the reason of the answer; HTTP is not in it [F6]', async () => {
    const why = 'shop.web has no environment moon. It has: staging, production.';
    const server = await startServer((app) => app.post('/api/*', () => problem(404, 'Not Found', why)));
    const { stderr } = await landfall(['lock', 'shop/web', 'moon', '--reason', 'x'], { env: server.env });
    const secret = await landfall(['env', 'set', 'shop/web', 'moon', 'A=one', 'B=two'], { env: server.env });
    await server.stop();
    expect(stderr).toBe(
      `error: landfall lock shop/web moon\n  why:  ${why}\n  do:   \`landfall status\` shows what there is.\n`,
    );
    // Values are not repeated.
    expect(secret.stderr).toMatch(/^error: landfall env set shop\/web moon A B\n/);
  });

  test.each([
    [['explode', '--json'], /unknown command 'explode'/],
    [['status', '--json', '--colour'], /unknown option '--colour'/],
    [['deploy', '--json'], /missing required argument 'project\/service'/],
    [['status', 'Shop', '--json'], /Use PROJECT\/SERVICE/],
    [['env', '--json'], /./],
  ])('%j: a mistake in the command line is a document, too [F6]', async (argv, why) => {
    const { code, stdout } = await landfall(argv);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      error: {
        what: 'Read the command line',
        why: expect.stringMatching(why),
        todo: expect.stringContaining('--help'),
      },
    });
  });

  test('--json beside --help changes nothing [F6]', async () => {
    expect((await landfall(['status', '--help', '--json'])).stdout).toMatch(/^Usage: /);
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
