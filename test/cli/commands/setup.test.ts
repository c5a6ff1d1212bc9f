import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import tools from '../../../infra/tools.json' with { type: 'json' };
import { tempDir } from '../../support/tmp.ts';
import { landfall } from '../support/run.ts';

const { PATH } = process.env;
afterEach(() => {
  process.env['PATH'] = PATH;
});

test('where everything is, nothing is installed and nothing is asked [H1][F5]', async () => {
  expect(await landfall(['setup'])).toMatchObject({
    code: 0,
    stdout: 'Everything that `landfall up` needs is here.\n',
  });
  expect((await landfall(['setup', '--dry-run', '--json'])).stdout).toBe('{"installed":[],"wouldInstall":[]}\n');
});

test('with --demo it brings what the demo needs, too [H1][F5]', async () => {
  expect(await landfall(['setup', '--demo'])).toMatchObject({
    code: 0,
    stdout: 'Everything that `landfall demo` needs is here.\n',
  });
  lackingPodman('busybox');

  expect((await landfall(['setup', '--dry-run'])).stdout).toBe(
    'These would be installed:\n  - Debian packages: podman\n',
  );
  expect((await landfall(['setup', '--dry-run', '--demo'])).stdout).toBe(
    'These would be installed:\n  - Debian packages: podman busybox-static\n',
  );
});

describe('asked whether to install', () => {
  test.each([
    ['no', 'n\n'],
    ['nothing, with Ctrl-D', ''],
    ['nothing, with Ctrl-C', '\u0003'],
  ])('who says %s has nothing installed, and is told so [H1][F5]', async (_what, stdin) => {
    lackingPodman();

    const { code, stderr } = await landfall(['setup'], { typed: true, tty: true, env: { NO_COLOR: '1' }, stdin });

    expect(stderr).toContain('These will be installed:\n  - Debian packages: podman\n');
    expect(stderr).toContain('Go on? [y/N] ');
    expect(stderr).toMatch(/why: {2}the answer was no\n {2}do: {3}Nothing was installed\.\n$/);
    expect(code).toBe(1);
  });

  test('by a program, it names the option that asks nothing [H1][F5]', async () => {
    lackingPodman();
    const { code, stdout } = await landfall(['setup', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ error: { todo: 'Add --yes to install without a question.' } });
  });
});

test('a setup that cannot begin is an answer for programs, too: why, and what to do [H1][F5]', async () => {
  const program = lackingPodman();
  program('flock', 'echo "flock: 3: No locks available" >&2; exit 71');

  const { code, stdout } = await landfall(['setup', '--yes', '--json']);

  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toEqual({
    error: {
      what: 'Set this machine up',
      why: expect.stringContaining('setup.lock could not be locked (flock: 3: No locks available)') as unknown,
      todo: 'Run `landfall setup` again: what is installed stays.',
    },
  });
});

/** Until the end of the test: a Debian that has everything but these, and lets us install. */
function lackingPodman(...more: readonly string[]) {
  const bin = tempDir();
  const program = (name: string, script = ''): void =>
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const missing = ['podman', ...more];
  const installed = Object.entries(tools).flatMap(([tool, { names, ...how }]) => {
    const packages = 'debian' in how ? how.debian : [];
    if (missing.includes(tool)) return packages.slice(1);
    names.forEach((name) => program(name));
    return packages;
  });
  program('dpkg-query', installed.map((name) => `echo installed ${name}`).join('\n'));
  for (const name of ['apt-get', 'sudo']) program(name);
  process.env['PATH'] = bin;
  return program;
}

test('where nothing can be installed, it names each program, what it is for and where it is had [H1][F5]', async () => {
  // A machine with neither apt-get nor Podman.
  process.env['PATH'] = tempDir();

  const { code, stderr } = await landfall(['setup', '--yes']);

  expect(code).toBe(1);
  expect(stderr).toContain('it lacks what cannot be installed by this account');
  expect(stderr).toContain('- podman, for building images and running containers: https://podman.io/docs/installation');
});
