import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { find, where } from '../../infra/dev/locate.ts';
import { tempDir } from '../support/tmp.ts';

const PATH = process.env['PATH'];
afterEach(() => {
  process.env['PATH'] = PATH;
});

describe('a tool', () => {
  test('is found on PATH before anywhere else [F5]', () => {
    const dir = tempDir();
    const own = join(dir, 'haproxy');
    writeFileSync(own, '#!/bin/sh\n');
    chmodSync(own, 0o755);
    process.env['PATH'] = `${dir}:${PATH ?? ''}`;
    expect(where('haproxy')).toBe(own);
  });

  test('is no folder and no file that cannot be run [F5]', () => {
    const dir = tempDir();
    mkdirSync(join(dir, 'nixpacks'));
    writeFileSync(join(dir, 'railpack'), '#!/bin/sh\n', { mode: 0o644 });
    process.env['PATH'] = dir;
    expect(find('nixpacks')).toBeUndefined();
    expect(find('railpack')).toBeUndefined();
  });

  test('that is missing is named with what it is for and how to install it [F5]', () => {
    process.env['PATH'] = tempDir();
    expect(() => where('railpack')).toThrow(
      /^railpack was not found on PATH\. It is needed for generating a build plan .* Install it \(https:.*\) and try again\.$/,
    );
  });

  test.each([
    ['podman', 'landfall setup'],
    ['busybox', 'landfall setup --demo'],
  ] as const)('%s, which setup installs, is named with `%s` [H1][F5]', (tool, command) => {
    process.env['PATH'] = tempDir();
    expect(() => where(tool)).toThrow(` Run \`${command}\` on Debian or Ubuntu, or install it (`);
  });
});
