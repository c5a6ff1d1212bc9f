// @ts-check
/** Collects what this machine has. Nothing here changes anything. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { accountCommands, readAccounts } from './build-account.mjs';
import { findGo } from './go.mjs';
import { readJson } from './json.mjs';
import { IS_CHECKOUT, LOCK_FILE, MODULES_STAMP, TOOLS_FILE, VENV_BIN, WHEELS_STAMP } from './places.mjs';

/** @import { Facts, Tool } from './plan.mjs' */

/** @returns {Facts} */
export function lookAround() {
  const tools = /** @type {Record<string, Tool>} */ (readJson(TOOLS_FILE));
  return {
    platform: process.platform,
    node: process.versions.node,
    tools,
    found: new Set(Object.keys(tools).filter((key) => tools[key]?.names.some(isOnPath) && isRecent(key))),
    debian: debianPackages(Object.values(tools).flatMap(({ debian }) => debian ?? [])),
    get root() {
      return mayInstallPackages();
    },
    get python() {
      return succeeds('python3', ['-c', 'import ensurepip, venv']);
    },
    wheels: new Set(readLines(WHEELS_STAMP)),
    modules: !IS_CHECKOUT || readLines(MODULES_STAMP)[0] === lockHash(),
    account: hasBuildAccount(),
  };
}

export function lockHash() {
  return createHash('sha256').update(readFileSync(LOCK_FILE)).digest('hex');
}

/**
 * One on PATH may be too old.
 *
 * @param {string} tool - its key
 */
const isRecent = (tool) => tool !== 'go' || findGo({ ours: false }) !== undefined;

/** True as well when no range of ids is free: setup could not help then. */
function hasBuildAccount() {
  try {
    return accountCommands(readAccounts()).length === 0;
  } catch {
    return true;
  }
}

/** True when packages can be installed without a password prompt. */
function mayInstallPackages() {
  return isRoot() || succeeds('sudo', ['-n', 'true']);
}

export function isRoot() {
  return process.getuid?.() === 0;
}

/**
 * @param {string} file
 * @returns {string[]}
 */
export function readLines(file) {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
}

/** @param {string} name */
function isOnPath(name) {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  return folders.some((folder) => folder !== '' && !folder.startsWith(VENV_BIN) && isExecutable(join(folder, name)));
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @param {readonly string[]} names */
function debianPackages(names) {
  if (!isOnPath('apt-get')) return undefined;
  // Exits 1 when it does not know one of the packages; what it knows is printed all the same.
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f', '${db:Status-Status} ${Package}\n', ...names], {
    encoding: 'utf8',
    env: process.env,
  });
  const lines = stdout.split('\n').map((line) => line.split(' '));
  return new Set(lines.flatMap(([status, name]) => (status === 'installed' && name !== undefined ? [name] : [])));
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 */
function succeeds(command, args) {
  return spawnSync(command, args, { stdio: 'ignore', env: process.env }).status === 0;
}
