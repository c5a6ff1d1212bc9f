// @ts-check
/** The files of the image, as they will lie in it. */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { librariesIn } from './libraries.mjs';

/** @typedef {(command: string, args: readonly string[], cwd?: string) => string} Run */

/** In the image; no account of any machine has these ids by itself. */
const ACCOUNT = 10_001;
const PACKAGE = '/usr/lib/landfall';
/** The targets for which Temporal's core is compiled (node_modules/@temporalio/core-bridge/releases). */
const CORE = /** @type {Readonly<Record<string, string>>} */ ({ x64: 'x86_64', arm64: 'aarch64' });

/** getaddrinfo(3) wants the first two, git the third. */
const ETC = {
  passwd: `root:x:0:0:root:/:/usr/sbin/nologin\nlandfall:x:${ACCOUNT}:${ACCOUNT}:Landfall:/var/lib/landfall:/usr/sbin/nologin\n`,
  group: `root:x:0:\nlandfall:x:${ACCOUNT}:\n`,
  'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
};
/** Where Debian keeps the authorities that git and Temporal's core trust; Node brings its own. */
const AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt';

/**
 * Makes `root`, the image's files, and `data`, its data folder, in the context.
 *
 * @param {object} options
 * @param {string} options.context - an empty folder
 * @param {string} options.tarball - the package
 * @param {Run} options.run
 * @returns {string} the folder of the package within `root`
 * @throws {Error} when the machine lacks a program or a library of the image
 */
export function layOut({ context, tarball, run }) {
  process.umask(0o022);
  const root = join(context, 'root');
  const inRoot = (/** @type {string} */ path) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    return join(root, path);
  };
  mkdirSync(join(context, 'data', 'landfall'), { recursive: true });
  mkdirSync(inRoot('/tmp'));
  chmodSync(inRoot('/tmp'), 0o1777);
  for (const [name, text] of Object.entries(ETC)) writeFileSync(inRoot(`/etc/${name}`), text);
  if (existsSync(AUTHORITIES)) copyFileSync(AUTHORITIES, inRoot(AUTHORITIES));

  install(inRoot(PACKAGE), tarball, run);
  const git = run('git', ['--exec-path']).trim();
  const programs = { '/usr/bin/node': process.execPath, '/usr/bin/git': `${git}/git` };
  const helper = '/usr/lib/git-core/git-remote-http';
  for (const [path, from] of Object.entries({ ...programs, [helper]: `${git}/git-remote-http` })) {
    copyFileSync(from, inRoot(path));
  }
  symlinkSync('git-remote-http', inRoot(`${helper}s`));
  symlinkSync('../../bin/git', inRoot('/usr/lib/git-core/git'));

  const core = join(inRoot(PACKAGE), 'node_modules/@temporalio/core-bridge/releases');
  const needing = [...Object.keys(programs), helper].map((path) => join(root, path)).concat(keepCore(core));
  const ldd = (/** @type {string} */ file) => run('ldd', [file]);
  for (const library of new Set(needing.flatMap((file) => librariesIn(ldd(file), file)))) {
    copyFileSync(library, inRoot(library));
  }
  return join(root, PACKAGE);
}

/**
 * As its own lock file says, less the database that comes along and the compiler: the image's database runs elsewhere, and its
 * workflows are bundled already.
 *
 * @param {string} folder
 * @param {string} tarball
 * @param {Run} run
 */
function install(folder, tarball, run) {
  mkdirSync(folder, { recursive: true });
  run('tar', ['-xzf', tarball, '-C', folder, '--strip-components=1', '--no-same-owner']);
  const omit = ['--omit=dev', '--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  run('npm', ['ci', ...omit], folder);
}

/**
 * Takes Temporal's core for other machines away: 110 MB.
 *
 * @param {string} releases
 * @returns {string} this machine's
 */
function keepCore(releases) {
  const own = `${CORE[process.arch]}-unknown-linux-gnu`;
  for (const name of readdirSync(releases).filter((one) => one !== own))
    rmSync(join(releases, name), { recursive: true });
  return join(releases, own, 'index.node');
}
