/** Reads by root in a folder that another account may write. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { readForeign } from '../../infra/dev/foreign-file.ts';
import { majorOf, makeWay } from '../../infra/dev/postgres/data-folder.ts';
import { onCleanup } from '../support/cleanup.ts';
import { tempDir } from '../support/tmp.ts';

/** One of each thing that may stand where a file is expected. */
async function things() {
  const dir = tempDir();
  const at = (name: string) => join(dir, name);
  writeFileSync(at('kept'), 'elsewhere\n');
  symlinkSync(at('kept'), at('link'));
  symlinkSync(at('nowhere'), at('dangling'));
  execFileSync('mkfifo', [at('pipe')]);
  mkdirSync(at('folder'));
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(at('socket'), resolve));
  onCleanup(() => void server.close());
  return at;
}

test('a regular file is read up to its limit; a link, a pipe, a folder, a socket and nothing are no file, at once [F1]', async () => {
  const at = await things();
  writeFileSync(at('long'), 'x'.repeat(10_000));

  expect(readForeign(at('kept'), 100)).toBe('elsewhere\n');
  expect(readForeign(at('long'), 100)).toBe('x'.repeat(100));
  for (const name of ['link', 'dangling', 'pipe', 'folder', 'socket', 'nothing', 'kept/below'])
    expect(readForeign(at(name), 100)).toBeUndefined();
});

test('a database starts where its account has put a pipe or a link in place of a lock, and nothing behind a link is touched [F1]', async () => {
  const at = await things();
  const locks = ['link', 'dangling', 'pipe', 'socket'].map(at);

  await makeWay(at('data'), locks);

  expect(locks.filter((lock) => existsSync(lock))).toEqual([]);
  expect(readFileSync(at('kept'), 'utf8')).toBe('elsewhere\n');
});

test('a data folder whose version is a pipe or a link is none, with what to do [F1]', () => {
  for (const make of [
    (path: string) => execFileSync('mkfifo', [path]),
    (path: string) => {
      symlinkSync('/dev/zero', path);
    },
  ]) {
    const data = tempDir();
    make(join(data, 'PG_VERSION'));
    expect(() => majorOf(data)).toThrow(/is not a data folder of PostgreSQL.*Restore the folder/);
  }
});
