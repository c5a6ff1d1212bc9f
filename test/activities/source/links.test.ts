import { mkdirSync, readlinkSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { staysInside } from '../../../activities/source/links.ts';
import { tempDir } from '../../support/tmp.ts';

test.each([
  ['current', 'v2'],
  ['a/b', '../c'],
  ['a/b/c', '../../d/e'],
  ['a/b', '..'],
  ['self', '.'],
  ['x', './y/'],
])('%s → %s stays inside', (path, target) => {
  expect(staysInside(path, target)).toBe(true);
});

test.each([
  ['x', '/etc/passwd'],
  ['x', '..'],
  ['x', '../x'],
  ['a/b', '../../x'],
  ['a/b', 'c/../../../x'],
  // Through a link it would climb from somewhere else.
  ['x', 'link/..'],
  ['x', ''],
])('%s → %j does not', (path, target) => {
  expect(staysInside(path, target)).toBe(false);
});

test('no combination of accepted links leads out of the folder', () => {
  const base = tempDir();
  const name = fc.constantFrom('a', 'b', 'c');
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
  const target = fc.array(fc.constantFrom('a', 'b', 'c', '..', '.'), { minLength: 1, maxLength: 5 });
  let run = 0;

  fc.assert(
    fc.property(fc.array(fc.tuple(path, target), { minLength: 1, maxLength: 8 }), (links) => {
      const outside = join(base, String(run++));
      const root = join(outside, 'x', 'root');
      mkdirSync(root, { recursive: true });
      writeFileSync(join(outside, 'a'), 'outside');
      const made = links.flatMap(([at, parts]) => (link(root, at, parts.join('/')) ? [at] : []));

      for (const at of made) {
        const real = resolved(join(root, at));
        expect(real === undefined || real === root || real.startsWith(root + sep)).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});

/** Only where a checkout could put it: not through a link, and not over something. */
function link(root: string, at: string, target: string): boolean {
  if (!staysInside(at, target)) return false;
  try {
    const folder = dirname(join(root, at));
    mkdirSync(folder, { recursive: true });
    if (realpathSync(folder) !== folder) return false;
    symlinkSync(target, join(root, at));
    return readlinkSync(join(root, at)) === target;
  } catch {
    return false;
  }
}

/** `undefined` for a dangling link or a loop. */
function resolved(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
