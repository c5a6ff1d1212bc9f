/** Removing what another account may write in. */
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { removeTree } from '../../infra/dev/remove-tree.ts';
import { tempDir } from '../support/tmp.ts';

test('a folder is removed with everything in it, and nothing behind its links [F1]', async () => {
  const dir = tempDir();
  const [kept, gone] = [join(dir, 'kept'), join(dir, 'gone')];
  for (const folder of [kept, join(gone, 'postgres', 'data')]) mkdirSync(folder, { recursive: true });
  writeFileSync(join(kept, 'file'), 'here');
  symlinkSync(kept, join(gone, 'postgres', 'link'));
  symlinkSync(join(dir, 'nowhere'), join(gone, 'dangling'));

  await removeTree(gone);
  await removeTree(gone);

  expect(existsSync(gone)).toBe(false);
  expect(readdirSync(kept)).toEqual(['file']);
});
