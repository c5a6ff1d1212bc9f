/** The files of a folder as a build sees them. */
import { isUtf8 } from 'node:buffer';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from '../../contracts/core/failures.ts';
import { staysInside } from './links.ts';

/** `path` is relative to the walked folder, with `/`. */
export type TreeEntry =
  | { readonly type: 'folder'; readonly path: string }
  | { readonly type: 'file'; readonly path: string; readonly size: number; readonly executable: boolean }
  | { readonly type: 'link'; readonly path: string; readonly target: string };

/**
 * Every entry below `root`, folders before what is in them, in the order of their names.
 *
 * @throws `UnsafeSource` at a link that leads out of `root`
 */
export async function* walkTree(root: string, folder = ''): AsyncGenerator<TreeEntry> {
  const names = (await readdir(join(root, folder))).toSorted();
  for (const name of names) {
    const path = folder === '' ? name : `${folder}/${name}`;
    const stats = await lstat(join(root, path));
    if (stats.isDirectory()) {
      yield { type: 'folder', path };
      yield* walkTree(root, path);
    } else if (stats.isSymbolicLink()) {
      yield { type: 'link', path, target: await checkedTarget(root, path) };
    } else if (stats.isFile()) {
      yield { type: 'file', path, size: stats.size, executable: (stats.mode & 0o100) !== 0 };
    }
  }
}

async function checkedTarget(root: string, path: string): Promise<string> {
  const bytes = await readlink(join(root, path), { encoding: 'buffer' });
  const target = bytes.toString();
  if (!isUtf8(bytes)) {
    throw failure('UnsafeSource', `${JSON.stringify(path)} is a link to a name that is not UTF-8. Replace the link.`);
  }
  if (!staysInside(path, target)) {
    throw failure(
      'UnsafeSource',
      `${JSON.stringify(path)} is a link to ${JSON.stringify(target.slice(0, 200))}, out of the folder that is built. ` +
        'Replace it by a relative link inside that folder, or by the file itself.',
    );
  }
  return target;
}

/**
 * The absolute path of a service's root folder in a checkout, or `undefined` when the commit has no such folder.
 *
 * @param root - validated: relative, without `..`
 * @throws `UnsafeSource` when the way there goes through a link
 */
export async function rootFolder(source: string, root: string): Promise<string | undefined> {
  let path = source;
  for (const part of root.split('/').filter((one) => one !== '.')) {
    path = join(path, part);
    const stats = await lstat(path).catch(() => undefined);
    if (stats?.isSymbolicLink()) {
      throw failure(
        'UnsafeSource',
        `The service's root ${JSON.stringify(root)} goes through a link. Name the real folder.`,
      );
    }
    if (!stats?.isDirectory()) return undefined;
  }
  return path;
}
