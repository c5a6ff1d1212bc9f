// @ts-check
/**
 * The account whose Podman builds: `node infra/setup/build-account.mjs` as root makes it, or completes it. It owns nothing
 * but its images, has no password and no shell, and a range of subordinate ids that no other account has.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

export const BUILD_ACCOUNT = 'landfall-build';
/** The command for root to run when we may not. */
export const MAKE_ACCOUNT = [process.execPath, fileURLToPath(import.meta.url)];

const HOME = `/var/lib/${BUILD_ACCOUNT}`;
/** Defaults of login.defs(5): SUB_UID_COUNT, and the range of SUB_UID_MIN to SUB_UID_MAX. */
const COUNT = 65_536;
const FIRST = 100_000;
const LAST = 600_100_000;
const FOLDERS = ['/usr/sbin', '/sbin', '/usr/bin', '/bin'];
/** Nothing else of ours: it may hold secrets. */
const ENV = { PATH: FOLDERS.join(':'), LC_ALL: 'C' };

/**
 * The files of accounts, as text (passwd(5), group(5), subuid(5), subgid(5)).
 *
 * @typedef {object} Accounts
 * @property {string} passwd
 * @property {string} group
 * @property {string} subuid
 * @property {string} subgid
 */

/** @returns {Accounts} */
export function readAccounts() {
  const text = (/** @type {string} */ file) => (existsSync(file) ? readFileSync(file, 'utf8') : '');
  return {
    passwd: text('/etc/passwd'),
    group: text('/etc/group'),
    subuid: text('/etc/subuid'),
    subgid: text('/etc/subgid'),
  };
}

/**
 * The commands that are still to be run, as argument vectors; none when the account is complete.
 *
 * @param {Accounts} accounts
 * @returns {string[][]}
 * @throws {Error} when no range of ids is free
 */
export function accountCommands(accounts) {
  const entry = linesOf(accounts.passwd).find(([name]) => name === BUILD_ACCOUNT);
  const hasGroup = linesOf(accounts.group).some(([name]) => name === BUILD_ACCOUNT);
  const missing = /** @type {const} */ (['subuid', 'subgid']).filter(
    (file) => idsOf(accounts[file], entry?.[2]) < COUNT,
  );
  const start = missing.length > 0 ? freeRange(accounts) : 0;
  const ranges = missing.flatMap((file) => [`--add-${file}s`, `${start}-${start + COUNT - 1}`]);
  return [
    ...(entry
      ? []
      : [
          [
            'useradd',
            '--system',
            ...(hasGroup ? ['--gid', BUILD_ACCOUNT] : ['--user-group']),
            ...['--home-dir', HOME, '--create-home', '--key', 'HOME_MODE=0700'],
            ...['--shell', '/usr/sbin/nologin', '--comment', 'Builds of Landfall', BUILD_ACCOUNT],
          ],
        ]),
    ...(ranges.length > 0 ? [['usermod', ...ranges, BUILD_ACCOUNT]] : []),
  ];
}

/**
 * The first range that overlaps with no account's subordinate ids, and with no account's or group's own id.
 *
 * @param {Accounts} accounts
 * @returns {number} its first id, the same for users and groups
 * @throws {Error} when none is free
 */
function freeRange({ passwd, group, subuid, subgid }) {
  /** @type {[number, number][]} */
  const taken = [
    ...[...linesOf(subuid), ...linesOf(subgid)].map(rangeOf),
    ...[...linesOf(passwd), ...linesOf(group)].map(([, , id]) => /** @type {[number, number]} */ ([Number(id), 1])),
  ].filter(([start, count]) => Number.isSafeInteger(start) && Number.isSafeInteger(count) && count > 0);
  let start = FIRST;
  for (const [begins, count] of taken.toSorted(([a], [b]) => a - b)) {
    if (begins < start + COUNT && begins + count > start) start = begins + count;
  }
  if (start + COUNT - 1 > LAST) throw new Error(`No ${COUNT} subordinate ids are free from ${FIRST} to ${LAST}.`);
  return start;
}

/**
 * @param {readonly string[]} fields
 * @returns {[number, number]}
 */
function rangeOf([, start, count]) {
  return [Number(start), Number(count)];
}

/**
 * The number of subordinate ids that the account has; it may stand there by its number.
 *
 * @param {string} text
 * @param {string | undefined} uid
 */
function idsOf(text, uid) {
  return linesOf(text)
    .filter(([name]) => name === BUILD_ACCOUNT || (uid !== undefined && name === uid))
    .reduce((sum, fields) => sum + (rangeOf(fields)[1] || 0), 0);
}

/** @param {string} text */
function linesOf(text) {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(':'));
}

/**
 * Makes the account, or completes one of that name. May be run again, also after it was interrupted.
 *
 * @returns {boolean} whether something was done
 * @throws {Error} with the words of the program that failed
 */
export function ensureBuildAccount() {
  const commands = accountCommands(readAccounts());
  for (const [name = '', ...args] of commands) {
    const path = FOLDERS.map((folder) => `${folder}/${name}`).find((file) => existsSync(file));
    if (path === undefined) throw new Error(`${name} was not found (on Debian it is in the package passwd)`);
    const { status, error, stderr } = spawnSync(path, args, { encoding: 'utf8', timeout: 60_000, env: ENV });
    if (status !== 0) throw new Error(`${name} failed: ${error?.message ?? stderr.trim()}`);
  }
  return commands.length > 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    console.log(`The account ${BUILD_ACCOUNT} ${ensureBuildAccount() ? 'is there now' : 'was there already'}.`);
  } catch (error) {
    console.error(`Making the account ${BUILD_ACCOUNT}: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
