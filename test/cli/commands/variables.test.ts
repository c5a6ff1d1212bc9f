import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetVariables } from '../../../contracts/http/api.ts';
import type { VariablesChanged } from '../../../contracts/http/api.ts';
import { tempDir } from '../../support/tmp.ts';
import { landfall } from '../support/run.ts';
import type { TestServer } from '../support/server.ts';
import { problem, startServer } from '../support/server.ts';

const CANARY = 'canary-of-the-command-line';
const PATH = '/api/environments/shop/web/production/variables';
const ENVIRONMENT = ['shop/web', 'production'] as const;

let server: TestServer;
let bodies: unknown[];
let deployment: VariablesChanged['deployment'];
beforeEach(async () => {
  bodies = [];
  deployment = { state: 'requested', releases: ['shop.web.43'], detail: 'shop.web.43 deploys 1a2b3c4 again with it.' };
  server = await startServer((app) => {
    app.put(PATH, async (c) => {
      const body = SetVariables.parse(await c.req.json());
      bodies.push(body);
      return c.json({ revision: 4, changed: Object.keys(body.values), deployment });
    });
    app.delete(PATH, (c) => {
      bodies.push({ names: c.req.queries('name'), deploy: c.req.query('deploy') });
      return c.json({ revision: 5, changed: c.req.queries('name'), deployment });
    });
    app.get(PATH, (c) => {
      const more = { revision: 3, changedAt: '2026-01-02T03:04:05.000Z', changedBy: 'ada' };
      const variables = [
        { name: 'LEVEL', kind: 'variable', value: 'in\u001b[31mfo', ...more },
        { name: 'TOKEN', kind: 'secret', value: null, ...more },
      ];
      return c.json({ project: 'shop', service: 'web', environment: 'production', revision: 3, variables });
    });
    app.post('/api/secrets/rotate', (c) => c.json({ key: 'key-2', resealed: 7 }));
  });
});
afterEach(() => server.stop());

const run = (argv: readonly string[], more: { stdin?: string; cwd?: string } = {}) =>
  landfall(argv, { env: server.env, ...more });

describe('landfall env', () => {
  test('sets several variables as one change, and says when it takes effect [B17][F6]', async () => {
    const { code, stdout } = await run(['env', 'set', ...ENVIRONMENT, 'LEVEL=debug', 'QUERY=a=b', 'EMPTY=']);
    expect(code).toBe(0);
    expect(stdout).toBe('LEVEL, QUERY, EMPTY set, revision 4. shop.web.43 deploys 1a2b3c4 again with it.\n');
    expect(bodies).toEqual([
      { kind: 'variable', values: { LEVEL: 'debug', QUERY: 'a=b', EMPTY: '' }, deploy: true, noLongerSecret: false },
    ]);
  });

  test('a secret becomes a variable only when that is said [B17][F6]', async () => {
    await run(['env', 'set', ...ENVIRONMENT, 'TOKEN=x', '--no-longer-secret']);
    expect(bodies).toMatchObject([{ kind: 'variable', noLongerSecret: true }]);
  });

  test('--no-deploy keeps it for the next deployment [B17][F6]', async () => {
    await run(['env', 'set', ...ENVIRONMENT, 'LEVEL=debug', '--no-deploy']);
    await run(['env', 'unset', ...ENVIRONMENT, 'LEVEL', 'QUERY', '--no-deploy']);
    expect(bodies).toMatchObject([{ deploy: false }, { names: ['LEVEL', 'QUERY'], deploy: 'false' }]);
  });

  test('a deployment that could not be requested ends it with 1, and says that the value is stored [B17][F6]', async () => {
    deployment = { state: 'failed', releases: [], detail: 'It is stored, but was not deployed: Temporal is away.' };
    const { code, stdout } = await run(['env', 'set', ...ENVIRONMENT, 'LEVEL=debug', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ revision: 4, deployment: { state: 'failed' } });
  });

  test('lists variables with their values, revision, time and actor, free of escape codes [B17][F6]', async () => {
    const { stdout } = await run(['env', 'list', ...ENVIRONMENT]);
    expect(stdout).toMatch(/^LEVEL {2}info {2}revision 3 {2}\d+ d ago {2}ada\n$/);
    const { stdout: json } = await run(['env', 'list', ...ENVIRONMENT, '--json']);
    expect(JSON.parse(json)).toMatchObject({ revision: 3, variables: [{ name: 'LEVEL' }] });
  });

  test('a bad name, a value without a name and a bad environment are refused before anything is asked [B17][F6]', async () => {
    for (const argv of [
      ['env', 'set', ...ENVIRONMENT, 'PORT=80'],
      ['env', 'set', ...ENVIRONMENT, '1ST=x'],
      ['env', 'set', ...ENVIRONMENT, '=x'],
      ['env', 'set', ...ENVIRONMENT],
      ['env', 'set', 'shop/web', '../x', 'A=b'],
      ['env', 'unset', ...ENVIRONMENT, 'A=b'],
      ['secret', 'unset', ...ENVIRONMENT],
    ]) {
      expect(await run(argv)).toMatchObject({ code: 1, stdout: '' });
    }
    expect(server.asked).toEqual([]);
  });
});

describe('landfall secret', () => {
  test('reads the value from standard input, without its line end, and shows it nowhere [B17][F6]', async () => {
    const { code, stdout, stderr } = await run(['secret', 'set', ...ENVIRONMENT, 'TOKEN'], { stdin: `${CANARY}\n` });
    expect(code).toBe(0);
    expect(`${stdout}${stderr}`).not.toContain(CANARY);
    expect(stdout).toContain('TOKEN set, revision 4.');
    expect(bodies).toEqual([{ kind: 'secret', values: { TOKEN: CANARY }, deploy: true, noLongerSecret: false }]);
  });

  test('--from-file takes the file as it is [B17][F6]', async () => {
    const cwd = tempDir();
    writeFileSync(join(cwd, 'key.pem'), `line one\n${CANARY}\n`);
    await run(['secret', 'set', ...ENVIRONMENT, 'KEY', '--from-file', 'key.pem'], { cwd });
    expect(bodies).toMatchObject([{ values: { KEY: `line one\n${CANARY}\n` } }]);
    const missing = await run(['secret', 'set', ...ENVIRONMENT, 'KEY', '--from-file', 'nothing'], { cwd });
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('Read the value from nothing') });
  });

  test('a value on the command line is refused, not repeated, and not sent [B17][F6]', async () => {
    const { code, stdout, stderr } = await run(['secret', 'set', ...ENVIRONMENT, `TOKEN=${CANARY}`], { stdin: 'x' });
    expect(code).toBe(1);
    expect(stderr).toContain('the value is on the command line');
    expect(`${stdout}${stderr}`).not.toContain(CANARY);
    expect(server.asked).toEqual([]);
  });

  test('an empty value and one too short to mask are refused before anything is asked [B17][F6]', async () => {
    for (const stdin of ['', '\n', '123\n']) {
      const { code, stderr } = await run(['secret', 'set', ...ENVIRONMENT, 'TOKEN'], { stdin });
      expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('shorter than 4 characters') });
    }
    expect(server.asked).toEqual([]);
  });

  test('lists names, revision, time and actor [B17][F6]', async () => {
    const { stdout } = await run(['secret', 'list', ...ENVIRONMENT]);
    expect(stdout).toMatch(/^TOKEN {2}revision 3 {2}\d+ d ago {2}ada\n$/);
  });

  test('rotate says how many were sealed anew [B17][F6]', async () => {
    expect((await run(['secret', 'rotate'])).stdout).toContain('7 sealed again with key key-2');
  });

  test('what the server refuses is shown with its reason [B17][F6]', async () => {
    server.app.delete('/api/environments/shop/web/staging/variables', () => problem(404, 'Not Found', 'It has no X.'));
    const { code, stderr } = await run(['secret', 'unset', 'shop/web', 'staging', 'X']);
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('It has no X.') });
  });
});
