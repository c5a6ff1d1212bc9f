// @ts-check
/**
 * The folders of setup, apart from Debian's packages: a checkout keeps them in itself, a package beside Landfall's
 * data.
 */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const TOOLS_FILE = join(ROOT, 'infra', 'tools.json');
export const LOCK_FILE = join(ROOT, 'package-lock.json');
/** The hash of the package-lock.json that node_modules was installed from. */
export const MODULES_STAMP = join(ROOT, 'node_modules', '.landfall-lock');
/** A package holds npm-shrinkwrap.json in its place. */
export const IS_CHECKOUT = existsSync(LOCK_FILE);
export const TOOLCHAIN = IS_CHECKOUT ? join(ROOT, '.toolchain') : toolsFolder();
export const TOOLCHAIN_BIN = join(TOOLCHAIN, 'bin');
export const VENV = join(TOOLCHAIN, 'venv');
export const VENV_BIN = join(VENV, 'bin');
/** The pinned Python packages that were installed, one a line. */
export const WHEELS_STAMP = join(VENV, 'landfall-wheels');
export const CACHE = join(ROOT, '.cache');
export const JEST_REPORT = join(CACHE, 'jest.json');

/** Programs belong to the user's own data (XDG Base Directory), root's to the system's (file-hierarchy(7)). */
function toolsFolder() {
  if (process.env['LANDFALL_TOOLS_DIR']) return process.env['LANDFALL_TOOLS_DIR'];
  if (process.getuid?.() === 0) return '/usr/local/lib/landfall/tools';
  const data = process.env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share');
  return join(data, 'landfall', 'tools');
}
