import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { lockFile } from '../../store/lock.ts';
import { tempDir } from '../support/tmp.ts';

/** Above the highest pid that Linux gives (proc_sys_kernel(5), "pid_max"). */
const NOBODY = 2 ** 22 + 1;
const owner = (more: object) => JSON.stringify({ pid: NOBODY, host: hostname(), startedAt: '1', ...more });
const fileWith = (text: string) => {
  const file = join(tempDir(), 'db.lock');
  writeFileSync(file, text);
  return file;
};

describe('lockFile', () => {
  test('names process and host, and is gone when it is given back', async () => {
    const file = join(tempDir(), 'db.lock');
    const unlock = await lockFile(file);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ pid: process.pid, host: hostname() });
    await unlock();
    expect(existsSync(file)).toBe(false);
  });

  test.each([
    ['of a process that is gone', owner({})],
    ['of an earlier process that had our own pid', owner({ pid: process.pid })],
  ])('a lock %s is taken over', async (_what, text) => {
    const file = fileWith(text);
    const unlock = await lockFile(file);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ pid: process.pid });
    await unlock();
    expect(readdirSync(join(file, '..'))).toEqual([]);
  });

  test.each([
    ['of a live process', owner({ pid: 1, startedAt: null }), 'in use by process 1 on this host'],
    ['of another host', owner({ host: 'elsewhere' }), `locked by process ${NOBODY} on host elsewhere`],
    ['that is not ours', 'hello', 'is not a lock file of ours'],
    ['that is no object', 'null', 'is not a lock file of ours'],
    ['that is empty', '', 'is not a lock file of ours'],
  ])('a lock %s is left alone, and named', async (_what, text, words) => {
    const file = fileWith(text);
    await expect(lockFile(file)).rejects.toThrow(words);
    expect(readFileSync(file, 'utf8')).toBe(text);
    expect(readdirSync(join(file, '..'))).toEqual(['db.lock']);
  });

  test.each([
    ['no lock', undefined],
    ['a dead one', owner({})],
  ])('of many that find %s at once, one gets it', async (_what, text) => {
    const file = join(tempDir(), 'db.lock');
    if (text !== undefined) writeFileSync(file, text);
    const taken = await Promise.allSettled(Array.from({ length: 20 }, () => lockFile(file)));
    const winners = taken.filter((one) => one.status === 'fulfilled');
    expect(winners).toHaveLength(1);
    expect(readdirSync(join(file, '..'))).toEqual(['db.lock']);
    await winners[0]?.value();
    await (
      await lockFile(file)
    )();
  });

  test('a takeover that never ended is named, with what to do', async () => {
    const file = fileWith(owner({}));
    writeFileSync(`${file}.takeover`, '');
    await expect(lockFile(file)).rejects.toThrow(`remove ${file}.takeover`);
  });

  test('a lock that was taken over is not removed by its former owner', async () => {
    const file = join(tempDir(), 'db.lock');
    const unlock = await lockFile(file);
    writeFileSync(file, owner({}));
    await unlock();
    expect(readFileSync(file, 'utf8')).toBe(owner({}));
  });
});
