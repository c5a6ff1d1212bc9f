#!/usr/bin/env node
// @ts-check
/**
 * The Kubernetes control plane of the tests, built from the Go module proxy once for each version of its sources. It
 * takes minutes: `npm test -- --kubernetes` begins it at once, beside the tests, and the test files that need it wait.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { waitForLock } from '../lock.mjs';
import { findGo, GO_ENV } from './go.mjs';
import { ROOT, TOOLCHAIN } from './places.mjs';

const SOURCES = join(ROOT, 'infra', 'dev', 'kubernetes');
const BUILDS = join(TOOLCHAIN, 'control-plane');
/** Go's work, which a killed build leaves behind: the next one removes it. */
const WORK = join(BUILDS, 'work');
const NAME = 'kube';
const VERSION = 'k8s.io/component-base/version';
const NO_GO =
  'The Kubernetes of the tests is built with Go 1.26 or newer, which was not found: install it from https://go.dev/dl/, or run `npm test`, which does.';

/**
 * The compiler's memory is bounded, and within that it collects no garbage: most of its runs end before. Functions are not
 * inlined and have no debugging information, which takes two thirds of the time off: what is built is used for minutes.
 */
const ENV = { ...GO_ENV, GOGC: 'off', GOMEMLIMIT: '1GiB' };
const COMPILER = 'all=-l -dwarf=false';

function goArguments() {
  const version = /k8s\.io\/kubernetes v(\S+)/.exec(readFileSync(join(SOURCES, 'go.mod'), 'utf8'))?.[1] ?? '';
  const [major, minor] = version.split('.');
  const shown = { gitVersion: `v${version}`, gitMajor: major, gitMinor: minor };
  const linked = Object.entries(shown).map(([name, value]) => `-X ${VERSION}.${name}=${value}`);
  return ['build', '-trimpath', `-gcflags=${COMPILER}`, '-ldflags', ['-s', '-w', ...linked].join(' ')];
}

/** The program's file, which is there once it is built. */
function controlPlaneFile() {
  const hash = createHash('sha256').update(goArguments().join(' '));
  const sources = readdirSync(SOURCES).filter((name) => name.endsWith('.go') || name.startsWith('go.'));
  for (const name of sources.sort()) hash.update(readFileSync(join(SOURCES, name)));
  return join(BUILDS, hash.digest('hex').slice(0, 12), NAME);
}

export const isControlPlaneBuilt = () => existsSync(controlPlaneFile());

/**
 * Builds it where that has not been done. Of several that ask at once, in whatever processes, one builds.
 *
 * @returns {Promise<string>} the program's file
 * @throws {Error} with what the compiler said, or what is missing
 */
export async function buildControlPlane() {
  const file = controlPlaneFile();
  if (existsSync(file)) return file;
  mkdirSync(BUILDS, { recursive: true });
  const lock = await waitForLock(join(BUILDS, 'build.lock'));
  try {
    if (!existsSync(file)) await build(file);
    return file;
  } finally {
    lock.release();
  }
}

/** @param {string} file */
async function build(file) {
  const draft = join(BUILDS, 'new');
  const go = findGo();
  if (go === undefined) throw new Error(NO_GO);
  rmSync(WORK, { recursive: true, force: true });
  mkdirSync(WORK);
  await run(go, [...goArguments(), '-o', draft, '.']);
  for (const old of readdirSync(BUILDS, { withFileTypes: true }))
    if (old.isDirectory()) rmSync(join(BUILDS, old.name), { recursive: true, force: true });
  mkdirSync(dirname(file));
  renameSync(draft, file);
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {Promise<void>}
 */
function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: SOURCES,
      env: { ...process.env, ...ENV, GOTMPDIR: WORK },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (/** @type {string} */ text) => (said = (said + text).slice(-4_000)));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`The Kubernetes of the tests could not be built (${command} ${args[0]}):\n${said.trim()}`));
    });
  });
}

/**
 * Builds it beside what goes on, whenever the machine has nothing else to do.
 *
 * @returns {() => void} ends that, where it has not ended by itself
 */
export function buildInBackground() {
  if (existsSync(controlPlaneFile())) return () => {};
  const own = [process.execPath, fileURLToPath(import.meta.url)];
  // Failures are left to who waits for the program: that one builds again, and has the words.
  const child = spawn('nice', ['-n', '19', ...own], { stdio: 'ignore', detached: true });
  child.once('error', () => {});
  child.unref();
  return () => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    process.kill(-child.pid, 'SIGKILL');
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await buildControlPlane();
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
