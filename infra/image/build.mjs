// @ts-check
/**
 * `npm run image [-- --tag NAME --package FILE]`: Landfall's container image, in the Podman of this user. The same package on
 * the same machine gives the same image.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { waitForLock } from '../lock.mjs';
import { readJson } from '../setup/json.mjs';
import { CACHE, ROOT } from '../setup/places.mjs';
import { layOut } from './lay-out.mjs';

const CONTEXT = join(CACHE, 'image');

const { values } = parseArgs({ options: { tag: { type: 'string' }, package: { type: 'string' } } });
mkdirSync(CACHE, { recursive: true });
const lock = await waitForLock(`${CONTEXT}.lock`);
rmSync(CONTEXT, { recursive: true, force: true });
mkdirSync(CONTEXT, { recursive: true });
const tarball = values.package ?? pack();
const installed = layOut({ context: CONTEXT, tarball, run });
const { version } = /** @type {{ version: string }} */ (readJson(join(installed, 'package.json')));
const tag = values.tag ?? `localhost/landfall:${version}`;
const [revision = '', seconds = '0'] = lastCommit();
const facts = { VERSION: version, REVISION: revision, CREATED: new Date(Number(seconds) * 1_000).toISOString() };
run('podman', [
  ...['build', '--quiet', '--layers=false', '--isolation', 'chroot', '--timestamp', seconds, '--tag', tag],
  ...Object.entries(facts).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]),
  ...['--file', join(import.meta.dirname, 'Containerfile'), CONTEXT],
]);
rmSync(CONTEXT, { recursive: true, force: true });
lock.release();
console.log(tag);

function pack() {
  const out = join(CONTEXT, 'package');
  run(process.execPath, [join(ROOT, 'infra', 'package', 'build.mjs'), '--out', out]);
  return join(out, readdirSync(out).find((name) => name.endsWith('.tgz')) ?? '');
}

/** Nothing outside a clone. @returns {readonly string[]} the commit, and its time in seconds */
function lastCommit() {
  const { status, stdout } = spawnSync('git', ['log', '-1', '--format=%H %ct'], { cwd: ROOT, encoding: 'utf8' });
  return status === 0 ? stdout.trim().split(' ') : [];
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {string} [cwd]
 */
function run(command, args, cwd = ROOT) {
  const { status, error, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${error?.message ?? stderr}`);
  return stdout;
}
