// @ts-check
/** The folders that setup writes to: all inside the checkout, apart from Debian's packages. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const TOOLS_FILE = join(ROOT, 'infra', 'tools.json');
export const LOCK_FILE = join(ROOT, 'package-lock.json');
/** The hash of the package-lock.json that node_modules was installed from. */
export const MODULES_STAMP = join(ROOT, 'node_modules', '.landfall-lock');
export const TOOLCHAIN = join(ROOT, '.toolchain');
export const TOOLCHAIN_BIN = join(TOOLCHAIN, 'bin');
export const VENV = join(TOOLCHAIN, 'venv');
export const VENV_BIN = join(VENV, 'bin');
/** The pinned Python packages that were installed, one a line. */
export const WHEELS_STAMP = join(VENV, 'landfall-wheels');
export const CACHE = join(ROOT, '.cache');
export const JEST_REPORT = join(CACHE, 'jest.json');
