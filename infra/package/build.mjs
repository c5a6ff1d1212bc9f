// @ts-check
/**
 * `npm run package [-- --out FOLDER]`: the package that people install (`landfall-VERSION.tgz`) and its bill of materials.
 * The same commit gives the same package, byte for byte; the bill of materials bears the time of its making.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { waitForLock } from '../lock.mjs';
import { CACHE, ROOT } from '../setup/places.mjs';
import { readJson } from '../setup/json.mjs';
import { compile } from './compile.mjs';
import { assertChanges, lockOf, manifestOf, versionOf } from './manifest.mjs';

const FILES = join(CACHE, 'package');
/** Read by people who have only the package. */
const PAPERS = ['README.md', 'CHANGELOG.md', 'LICENSE', 'SECURITY.md', 'docs'];

const { values } = parseArgs({ options: { out: { type: 'string', default: join(ROOT, 'dist') } } });
const out = resolve(values.out);
const tag = tagOfHead();
const version = versionOf(readJson(join(ROOT, 'package.json')), tag);
if (tag !== undefined) assertChanges(readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8'), version);

mkdirSync(CACHE, { recursive: true });
// Its folder has one name, because the bundle holds paths.
const lock = await waitForLock(`${FILES}.lock`);
rmSync(FILES, { recursive: true, force: true });
mkdirSync(FILES, { recursive: true });
mkdirSync(out, { recursive: true });
compile(ROOT, FILES);
for (const paper of PAPERS) cpSync(join(ROOT, paper), join(FILES, paper), { recursive: true });
writeJson('package.json', manifestOf(readJson(join(ROOT, 'package.json')), version));
writeJson('npm-shrinkwrap.json', lockOf(readJson(join(ROOT, 'package-lock.json')), version));
writeFileSync(join(FILES, 'workflows.bundle.js'), await bundleWorkflows());

const tarball = join(out, `landfall-${version}.tgz`);
npm(['pack', '--silent', '--pack-destination', out]);
const sbom = npm(['sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev', '--package-lock-only']);
writeFileSync(tarball.replace(/tgz$/, 'sbom.json'), sbom);
lock.release();
console.log(tarball);

/** Bundled from the compiled files: what is packed is what runs. */
async function bundleWorkflows() {
  const file = pathToFileURL(join(FILES, 'workers', 'bundle-workflows.js')).href;
  const module = /** @type {{ bundleWorkflows: (replaced: object) => Promise<string> }} */ (await import(file));
  return module.bundleWorkflows({});
}

/**
 * @param {string} name
 * @param {unknown} value
 */
function writeJson(name, value) {
  writeFileSync(join(FILES, name), `${JSON.stringify(value, null, 2)}\n`);
}

/** @param {readonly string[]} args */
function npm(args) {
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd: FILES, encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`npm ${args.join(' ')} failed:\n${stderr}`);
  return stdout;
}

/** Undefined between releases, and outside a clone. */
function tagOfHead() {
  const args = ['describe', '--tags', '--exact-match', '--match', 'v*'];
  const { status, stdout } = spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}
