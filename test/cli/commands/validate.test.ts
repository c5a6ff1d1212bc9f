import { describe, expect, test } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { landfall } from '../support/run.ts';
import { startServer } from '../support/server.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { tempDir } from '../../support/tmp.ts';

const GOOD = `version: 1
services:
  web:
    run: { port: 8080 }
environments:
  production:
    target: { podman: { hosts: [local], publish: { web: 20080 } } }
`;

test('a good file is counted and ends with 0 [F6]', async () => {
  const cwd = tempDir();
  writeFileSync(join(cwd, 'landfall.yaml'), GOOD);
  expect(await landfall(['validate'], { cwd })).toEqual({
    code: 0,
    stdout: '✓ landfall.yaml: 1 service, 1 environment\n',
    stderr: '',
  });
});

test('every problem has file, line, column and path, as editors read them, and the exit code is 1 [F6]', async () => {
  const cwd = tempDir();
  writeFileSync(
    join(cwd, 'mine.yaml'),
    GOOD.replace('port: 8080', 'port: 80800, prot: 1').replace('local', 'Local Host'),
  );
  const { code, stdout, stderr } = await landfall(['validate', 'mine.yaml'], { cwd });
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  const lines = stdout.trimEnd().split('\n');
  expect(lines).toHaveLength(3);
  expect(lines).toContainEqual(expect.stringMatching(/^mine\.yaml:4:12 services\.web\.run\.port: /));
  expect(lines).toContainEqual(expect.stringMatching(/^mine\.yaml:4:25 services\.web\.run: .*prot/));
  expect(lines).toContainEqual(
    expect.stringMatching(/^mine\.yaml:7:33 environments\.production\.target\.podman\.hosts\.0: /),
  );
});

test('with --json the same problems are one document [F6]', async () => {
  const cwd = tempDir();
  writeFileSync(join(cwd, 'landfall.yaml'), 'version: 1\nservices: {}\n');
  const { code, stdout } = await landfall(['validate', '--json'], { cwd });
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toEqual({
    valid: false,
    problems: [{ line: 2, column: 1, path: 'services', message: 'declare at least one service' }],
  });
});

test('broken YAML is pointed at, and escape codes in it do not reach the terminal [F6]', async () => {
  const cwd = tempDir();
  writeFileSync(join(cwd, 'landfall.yaml'), 'version: 1\n"\u001b[2Jx": 1\nservices: [\n');
  const { code, stdout } = await landfall(['validate'], { cwd });
  expect(code).toBe(1);
  expect(stdout).toMatch(/^landfall\.yaml:\d+:\d+ /);
  expect(stdout).not.toContain('\u001b');
});

test('a file that is not there is named [F6]', async () => {
  const { code, stderr } = await landfall(['validate', 'nowhere.yaml']);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: Read nowhere\.yaml\n {2}why: {2}ENOENT/);
});

test('a file of a wrong name is found where the right one is missing, and what to do is said [F6]', async () => {
  for (const name of ['landfall.yml', '.landfall.yaml', 'Landfall.YAML']) {
    const cwd = tempDir();
    writeFileSync(join(cwd, name), GOOD);
    const { code, stderr } = await landfall(['validate'], { cwd });
    expect(code).not.toBe(0);
    expect(stderr).toContain(`Rename ${name} to landfall.yaml`);
  }
});

describe('what is valid, and will hardly do what it says', () => {
  const ODD = GOOD.replace('{ port: 8080 }', '{ port: 8080, memory: 1mb }');

  test('is warned of with file, line and column, as text and as JSON, and ends with 0 [F6]', async () => {
    const cwd = tempDir();
    writeFileSync(join(cwd, 'landfall.yaml'), ODD);
    const { code, stdout } = await landfall(['validate'], { cwd });
    const [counted, warned] = stdout.trimEnd().split('\n');
    expect({ code, counted }).toEqual({ code: 0, counted: '✓ landfall.yaml: 1 service, 1 environment' });
    expect(warned).toMatch(/^warning landfall\.yaml:4:24 services\.web\.run\.memory: /);
    const { code: again, stdout: json } = await landfall(['validate', '--json'], { cwd });
    expect(again).toBe(0);
    expect(JSON.parse(json)).toMatchObject({ valid: true, problems: [], warnings: [{ line: 4, column: 24 }] });
  });

  test('names files and folders that the working copy does not have [F6]', async () => {
    const cwd = tempDir();
    mkdirSync(join(cwd, '.git'), { recursive: true });
    mkdirSync(join(cwd, 'api'));
    const text = `version: 1
services:
  web: { root: wbe }
  api: { root: api, build: { builder: dockerfile } }
environments:
  production:
    ci: .github/workflows/ci.yml
    target: { podman: { hosts: [local], publish: { web: 20080, api: 20081 } } }
`;
    writeFileSync(join(cwd, 'landfall.yaml'), text);
    const { warnings } = Warned.parse(JSON.parse((await landfall(['validate', '--json'], { cwd })).stdout));
    expect(warnings).toEqual([
      ['services.web.root', 'there is no folder wbe'],
      ['services.api.build.dockerfile', 'there is no file api/Dockerfile'],
      ['environments.production.ci', 'there is no file .github/workflows/ci.yml'],
    ]);
  });

  test('is asked of the server with --server, which knows hosts and ports [F6]', async () => {
    const cwd = tempDir();
    writeFileSync(join(cwd, 'landfall.yaml'), ODD);
    const told: string[] = [];
    const warning = {
      line: 7,
      column: 33,
      path: 'environments.production.target.podman.hosts.0',
      message: 'no worker',
    };
    const server = await startServer((app) => {
      app.post('/api/validate', async (c) => {
        told.push(await c.req.text());
        return c.json({ valid: true, problems: [], warnings: [warning] });
      });
    });
    onCleanup(() => server.stop());
    const { code, stdout } = await landfall(['validate', '--server'], { cwd, env: server.env });
    expect({ code, told }).toEqual({ code: 0, told: [ODD] });
    expect(stdout).toContain('warning landfall.yaml:7:33 environments.production.target.podman.hosts.0: no worker');
    const { stderr } = await landfall(['validate', '--server'], { cwd });
    expect(stderr).toMatch(/landfall login/);
  });

  test('is refused with --server where the server refuses it, and the exit code is 1 [F6]', async () => {
    const cwd = tempDir();
    writeFileSync(join(cwd, 'landfall.yaml'), GOOD);
    const problem = { line: 3, column: 3, path: 'services.web', message: 'it is there twice' };
    const server = await startServer((app) => {
      app.post('/api/validate', async (c) => c.json({ valid: false, problems: [problem] }));
    });
    onCleanup(() => server.stop());
    const { code, stdout } = await landfall(['validate', '--server'], { cwd, env: server.env });
    expect({ code, stdout }).toEqual({ code: 1, stdout: 'landfall.yaml:3:3 services.web: it is there twice\n' });
  });
});

const Warned = z.object({
  warnings: z.array(
    z.object({ path: z.string(), message: z.string() }).transform(({ path, message }) => [path, message] as const),
  ),
});
