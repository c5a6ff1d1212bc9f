#!/usr/bin/env node
// @ts-check
/**
 * The Kubernetes control plane of the tests, built from the Go module proxy once for each version of its sources. It
 * takes minutes: `npm test` begins it at once, beside the tests, and the test files that need it wait.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { waitForLock } from '../lock.mjs';
import { ROOT, TOOLCHAIN, VENV_BIN } from './places.mjs';
import { isNewEnoughGo } from './plan.mjs';

const SOURCES = join(ROOT, 'infra', 'dev', 'kubernetes');
const BUILDS = join(TOOLCHAIN, 'control-plane');
const NAME = 'kube';
const VERSION = 'k8s.io/component-base/version';

/** @param {string} version - of Kubernetes: `1.36.3` */
const argumentsFor = (version) => {
  const [major, minor] = version.split('.');
  const said = { gitVersion: `v${version}`, gitMajor: major, gitMinor: minor };
  const linked = Object.entries(said).map(([name, value]) => `-X ${VERSION}.${name}=${value}`);
  return ['build', '-trimpath', '-ldflags', ['-s', '-w', ...linked].join(' ')];
};

/** The program's file, which is there once it is built. */
function controlPlaneFile() {
  const hash = createHash('sha256');
  const sources = readdirSync(SOURCES).filter((name) => name.endsWith('.go') || name.startsWith('go.'));
  for (const file of [...sources.sort().map((name) => join(SOURCES, name)), fileURLToPath(import.meta.url)])
    hash.update(readFileSync(file));
  return join(BUILDS, hash.digest('hex').slice(0, 12), NAME);
}

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
  const version = /k8s\.io\/kubernetes v(\S+)/.exec(readFileSync(join(SOURCES, 'go.mod'), 'utf8'))?.[1] ?? '';
  await run(findGo(), [...argumentsFor(version), '-o', draft, '.']);
  for (const old of readdirSync(BUILDS, { withFileTypes: true }))
    if (old.isDirectory()) rmSync(join(BUILDS, old.name), { recursive: true, force: true });
  mkdirSync(dirname(file));
  renameSync(draft, file);
}

/**
 * PATH first, then what setup installed.
 *
 * @returns {string}
 */
function findGo() {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter).filter(Boolean), '/usr/local/go/bin', VENV_BIN];
  const go = folders
    .map((folder) => join(folder, 'go'))
    .find((one) => existsSync(one) && isNewEnoughGo(versionOf(one)));
  if (go !== undefined) return go;
  throw new Error(
    'The Kubernetes of the tests is built with Go 1.26 or newer, which was not found: https://go.dev/dl/',
  );
}

/**
 * @param {string} go
 * @returns {string} what it says of itself, or nothing
 */
function versionOf(go) {
  const { status, stdout } = spawnSync(go, ['env', 'GOVERSION'], { encoding: 'utf8', env: env() });
  return status === 0 ? stdout : '';
}

/** A compiler that is too old must say so rather than fetch another one. */
const env = () => ({ ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOWORK: 'off', GOFLAGS: '-mod=readonly' });

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {Promise<void>}
 */
function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: SOURCES, env: env(), stdio: ['ignore', 'pipe', 'pipe'] });
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

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await buildControlPlane();
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
