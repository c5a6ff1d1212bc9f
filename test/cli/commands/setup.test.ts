import { afterEach, expect, test } from '@jest/globals';
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

test('where nothing can be installed, it names each program, what it is for and where it is had [H1][F5]', async () => {
  // A machine with neither apt-get nor Podman.
  process.env['PATH'] = tempDir();

  const { code, stderr } = await landfall(['setup', '--yes']);

  expect(code).toBe(1);
  expect(stderr).toContain('it lacks what cannot be installed by this account');
  expect(stderr).toContain('- podman, for building images and running containers: https://podman.io/docs/installation');
});
