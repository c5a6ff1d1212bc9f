/**
 * `npm run bare [-- SUITE …]`: every command of docs/start.md, in order, on bare systems that mmdebstrap makes: Debian 12
 * (`bookworm`) and Ubuntu 24.04 (`noble`) unless others are named. It takes root and some five minutes for each, so it is a
 * lane of its own and no part of `npm test`.
 *
 * The first phase has this machine's network, the second one has a network of its own with nothing in it but stand-ins
 * for GitHub and for Let's Encrypt: there Landfall has the ports that the page gives it, and needs no other.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { where } from '../../infra/dev/locate.ts';
import { blocksOf, NODE_VERSION, REPLACED, runnable } from './page.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Commands around those of the page. */
const SCRIPTS = ['before.sh', 'github.sh', 'certificates.sh', 'after.sh'];
/** Commands that need the registries stand above this heading. */
const OFFLINE_FROM = 'Start it';

/** Ubuntu's own machines have both, and apt, which its smallest set lacks. */
const COMPONENTS: Readonly<Record<string, string>> = { noble: 'main,universe' };

const [suites, work] = [process.argv.slice(2), mkdtempSync(join(tmpdir(), 'landfall-bare-'))];
for (const { text, because } of REPLACED) console.log(`Not as the page says it: ${text} (${because}).`);
try {
  const lane = prepare(join(work, 'lane'));
  const failed = (suites.length > 0 ? suites : ['bookworm', 'noble']).filter((suite) => !shows(suite, lane));
  process.exitCode = failed.length > 0 ? 1 : 0;
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** @returns whether every command ended well, and the service was live in the end */
function shows(suite: string, lane: string): boolean {
  console.log(`\n== ${suite}`);
  const root = join(work, suite);
  const what = ['--variant=minbase', '--include=apt', `--components=${COMPONENTS[suite] ?? 'main'}`];
  const made = spawnSync('mmdebstrap', ['--quiet', '--mode=root', ...what, suite, root], {
    stdio: 'inherit',
  });
  if (made.status !== 0) {
    console.log(`${suite} could not be made: mmdebstrap needs the mirror and the keyring of its distribution.`);
    return false;
  }
  cpSync(lane, join(root, 'lane'), { recursive: true, verbatimSymlinks: true });
  copyFileSync('/etc/resolv.conf', join(root, 'etc', 'resolv.conf'));
  const { status } = spawnSync('bash', [join(import.meta.dirname, 'enter.sh'), root], { stdio: 'inherit' });
  rmSync(root, { recursive: true, force: true });
  console.log(
    `${suite}: ${status === 0 ? 'every command of docs/start.md did what it says' : `FAILED with ${String(status)}`}`,
  );
  return status === 0;
}

/** The files that a person downloads, and the commands, as two scripts. */
function prepare(lane: string): string {
  const place = (name: string) => {
    mkdirSync(dirname(join(lane, name)), { recursive: true });
    return join(lane, name);
  };
  execFileSync(process.execPath, [join(ROOT, 'infra/package/build.mjs'), '--out', place('package')]);
  const name = `node-${NODE_VERSION}-linux-x64`;
  const node = place(name);
  const wheel = dirname(dirname(process.execPath));
  mkdirSync(join(node, 'bin'), { recursive: true });
  copyFileSync(process.execPath, join(node, 'bin', 'node'));
  cpSync(join(wheel, 'lib/node_modules/npm'), join(node, 'lib/node_modules/npm'), { recursive: true });
  for (const one of ['npm', 'npx']) symlinkSync(`../lib/node_modules/npm/bin/${one}-cli.js`, join(node, 'bin', one));
  const archive = place(`node/${NODE_VERSION}/${name}.tar.xz`);
  execFileSync('tar', ['--create', '--file', archive, '--use-compress-program=xz -0', '--directory', lane, name]);
  rmSync(node, { recursive: true });
  copyFileSync(where('busybox'), place('app/busybox'));
  const pebble = where('pebble');
  copyFileSync(pebble, place('bin/pebble'));
  copyFileSync(join(dirname(pebble), 'pebble-challtestsrv'), place('bin/pebble-challtestsrv'));
  for (const one of SCRIPTS) copyFileSync(join(import.meta.dirname, one), place(one));
  if (existsSync('/etc/ssl/certs/ca-certificates.crt'))
    copyFileSync('/etc/ssl/certs/ca-certificates.crt', place('ca.crt'));
  if (existsSync(join(homedir(), '.npmrc'))) copyFileSync(join(homedir(), '.npmrc'), place('npmrc'));

  const blocks = runnable(blocksOf());
  const at = blocks.findIndex(({ heading }) => heading.includes(OFFLINE_FROM));
  if (at < 1) throw new Error(`docs/start.md has no heading "${OFFLINE_FROM}": mend test/bare/main.ts.`);
  const script = (parts: readonly { heading: string; commands: string }[]) =>
    parts.map(({ heading, commands }) => `echo; echo '-- ${heading.replaceAll("'", '’')}'\n${commands}`).join('\n');
  writeFileSync(place('1-online.sh'), script(blocks.slice(0, at)));
  writeFileSync(place('2-offline.sh'), `${script(blocks.slice(at))}\n. /lane/after.sh\n`);
  console.log(`package: ${readdirSync(join(lane, 'package')).join(', ')}`);
  return lane;
}
