/** Refusals of `landfall upgrade` before anything is restarted. That it updates: test/cli/up/up.test.ts. */
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { assertRoom, runCheck } from '../../../cli/upgrade/check.ts';
import { runningIn } from '../../../cli/upgrade/running.ts';
import { takeFolder } from '../../../cli/up/run-record.ts';
import { startProcess } from '../../../infra/dev/process.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { smallDisk } from '../../support/small-disk.ts';
import { tempDir } from '../../support/tmp.ts';
import { landfall, ran } from '../support/run.ts';

const ATTEMPT = 'Update Landfall';

test('where no Landfall runs, it names the folder and what to do [H2][F5]', async () => {
  const dir = tempDir();

  const { code, stderr } = await landfall(['upgrade', '--data-dir', dir]);

  expect(code).toBe(1);
  expect(stderr).toContain(`no Landfall runs in ${dir}`);
  expect(stderr).toContain('--data-dir');
});

test('of the process that runs it takes Landfall’s settings and nothing that would change a program that root starts [H2][F3]', async () => {
  const dir = tempDir();
  const settings = { DATABASE_URL: 'postgres:///x', LANDFALL_URL: 'http://x=y', TEMPORAL_ADDRESS: '127.0.0.1:1' };
  const foreign = { LD_PRELOAD_OF_THE_TEST: '/evil.so', NODE_PATH: '/evil' };
  const { pid, kill } = await startProcess({
    command: '/bin/sleep',
    args: ['300'],
    env: { ...settings, ...foreign, LANDFALL_TOKENS_FILE: '/only/it/sees/tokens' },
    logFile: join(tempDir(), 'log'),
  });
  onCleanup(() => kill());
  const record = await takeFolder(dir);
  onCleanup(() => record.leave());
  await record.note('landfall', pid);

  const running = await runningIn(dir, ATTEMPT);

  expect(running.up.pid).toBe(process.pid);
  expect(running.env).toEqual({ ...settings, LANDFALL_TOKENS_FILE: `/proc/${String(pid)}/root/only/it/sees/tokens` });
});

test('settings that this version cannot work with are named; what runs is left as it is [H2][F5]', async () => {
  const { code, stderr } = await ran(
    async (context) => {
      await expect(runCheck(context, { env: { LANDFALL_DATA_DIR: tempDir() } }, ATTEMPT)).rejects.toThrow(
        /^Update Landfall: Landfall cannot start; these settings are missing or wrong:[^]*DATABASE_URL[^]*nothing was changed/,
      );
      return 0;
    },
    { env: { PATH: process.env['PATH'] ?? '' } },
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
}, 120_000);

test('too little room is said before anything is stopped [H2][F5]', async () => {
  await expect(assertRoom(smallDisk(32).dir, ATTEMPT)).rejects.toThrow(
    /MiB are free in .*, and an update may need 256[.] Free some/,
  );
});
