/** Symbolic links in a repository: a way out of the build folder, unless every one of them stays inside. */
import { posix } from 'node:path';

/**
 * True when a link's target stays inside the folder that `path` is relative to.
 *
 * The target must be relative, may climb with `..` only at its start, and not beyond the folder. When this holds for
 * every link of a folder, no combination of them leads out: after the climb, a path goes through real folders or
 * through links that stay inside themselves.
 *
 * @param path - the link's place, relative to the folder, with `/`
 */
export function staysInside(path: string, target: string): boolean {
  if (target === '' || posix.isAbsolute(target)) return false;
  const parts = target.split('/').filter((part) => part !== '' && part !== '.');
  const climbs = parts.findIndex((part) => part !== '..');
  const up = climbs < 0 ? parts.length : climbs;
  const depth = path.split('/').length - 1;
  return up <= depth && !parts.slice(up).includes('..');
}
