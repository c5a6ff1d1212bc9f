/** The file that `landfall` starts: it works, or says in a sentence why it cannot. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { tempDir } from '../support/tmp.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A folder with this file, and a program that needs a package which is not installed there. */
function checkout(engines: string): string {
  const dir = tempDir();
  mkdirSync(join(dir, 'cli'));
  cpSync(join(ROOT, 'cli', 'landfall.mjs'), join(dir, 'cli', 'landfall.mjs'));
  writeFileSync(join(dir, 'package.json'), JSON.stringify({ type: 'module', engines: { node: engines } }));
  writeFileSync(join(dir, 'cli', 'main.ts'), "import 'a-package-that-is-not-installed';\n");
  return dir;
}

const run = async (dir: string, ...args: string[]) =>
  promisify(execFile)(process.execPath, [join(dir, 'cli', 'landfall.mjs'), ...args]).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: unknown) => error as { code: number; stdout: string; stderr: string },
  );

test('runs the program of a checkout [H1]', async () => {
  expect(await run(ROOT, '--version')).toMatchObject({ code: 0, stdout: '0.1.0\n' });
});

test('on a Node that is too old, it names the one that is needed [H1][F5]', async () => {
  const { code, stderr } = await run(checkout('>=99.1'));

  expect(code).toBe(1);
  expect(stderr).toBe(
    `Landfall needs Node 99.1 or newer; this is ${process.versions.node}. Install it: https://nodejs.org/en/download\n`,
  );
});

test('where packages are not installed, it names one and the command that installs them [H1][F5]', async () => {
  const dir = checkout('>=20.0');

  const { code, stderr } = await run(dir);

  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^Packages that Landfall needs are not installed \(.*a-package-that-is-not-installed.*\)\. Run: /,
  );
  expect(stderr).toMatch(new RegExp(`npm ci --prefix ${dir}/?\n$`));
});

test('where an installation was cut off, it says so [H1][H2][F5]', async () => {
  const dir = checkout('>=20.0');
  writeFileSync(join(dir, 'cli', 'main.ts'), "import './a-module-that-did-not-arrive.ts';\n");

  const { code, stderr } = await run(dir);

  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^This installation of Landfall is not whole \(.*a-module-that-did-not-arrive.*\)\. Install it again/,
  );
});
