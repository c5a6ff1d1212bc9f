import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';
import { createContext } from '../../../cli/context.ts';
import { changeableByOthers, thisMachine } from '../../../cli/install/machine.ts';
import { install, type InstallOptions } from '../../../cli/install/install.ts';
import { UNIT_OF } from '../../../cli/install/parts.ts';
import { uninstall, type UninstallOptions } from '../../../cli/install/uninstall.ts';
import { takeFolder } from '../../../cli/up/run-record.ts';
import { freePort } from '../../../infra/dev/process.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { tempDir } from '../../support/tmp.ts';
import { landfall } from '../support/run.ts';
import { testMachine, type TestMachine } from './machine.ts';

const KEY = '-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----\n';
const GIVEN = { GITHUB_APP_ID: '12', GITHUB_APP_PRIVATE_KEY: KEY, GITHUB_WEBHOOK_SECRET: 'a-secret-of-the-webhook' };

interface Terminal {
  readonly env?: Readonly<Record<string, string>>;
  /** A person's answers, in order. */
  readonly answers?: readonly string[];
}

const contextWith = ({ env = {}, answers }: Terminal) => {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const left = [...(answers ?? [])];
  // A question ends without a line end.
  stderr.on('data', (chunk: Buffer) => {
    if (/: $/.test(chunk.toString())) stdin.write(`${left.shift() ?? ''}\n`);
  });
  const context = createContext({
    ...{ stdin: Object.assign(stdin, { isTTY: answers !== undefined }), stdout, stderr, env },
    ...{ cwd: tempDir(), home: tempDir(), signal: new AbortController().signal },
  });
  return { context, printed: async () => (stdout.end(), text(stdout)) };
};

/** Data lies outside of what a service may not change: the folder of tests is in /tmp, which it may not. */
async function installed(machine: TestMachine, options: InstallOptions = {}, terminal: Terminal = { env: GIVEN }) {
  const { context, printed } = contextWith(terminal);
  await install(context, { system: true, ...options }, machine);
  return printed();
}

const inEtc = (machine: TestMachine, ...path: readonly string[]) => join(machine.etc, ...path);
const read = (machine: TestMachine, ...path: readonly string[]) => readFileSync(inEtc(machine, ...path), 'utf8');
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
const UNIT = ['systemd', 'system', 'landfall.service'] as const;
const PARTS: readonly string[] = Object.values(UNIT_OF);
/** The link leads to the unit as seen from the machine's own root. */
const isEnabled = (machine: TestMachine): boolean =>
  lstatSync(inEtc(machine, 'systemd', 'system', 'multi-user.target.wants', 'landfall.service'), {
    throwIfNoEntry: false,
  }) !== undefined;

test('the service is written, enabled and started, and its secrets are in files of root [H1][F3]', async () => {
  const machine = testMachine();
  const dataDir = join(machine.root, 'data');

  const said = await installed(machine, { dataDir });

  expect(machine.done).toEqual([
    'daemon-reload',
    `enable --quiet podman.socket podman-restart.service ${PARTS.join(' ')} landfall.service`,
    'start podman.socket',
    ...PARTS.map((part) => `start ${part}`),
    'restart landfall.service',
  ]);
  expect(machine.databases).toEqual([join(dataDir, 'postgres')]);
  expect(JSON.parse(readFileSync(join(dataDir, 'units.json'), 'utf8'))).toMatchObject({ proxy: UNIT_OF.proxy });
  expect(readFileSync(join(dataDir, 'proxy', 'base.cfg'), 'utf8')).toContain('  user landfall-proxy\n');
  for (const part of PARTS) expect(read(machine, 'systemd', 'system', part)).toContain('[Service]');
  expect(read(machine, 'landfall', 'landfall.env')).toBe('GITHUB_APP_ID=12\n');
  expect(read(machine, 'landfall', 'credentials', 'github-app-private-key')).toBe(`${KEY}\n`);
  expect(read(machine, ...UNIT)).toContain(`ExecStart=/bin/sh up --data-dir ${dataDir} --podman-socket`);
  expect(isEnabled(machine)).toBe(true);
  expect(modeOf(dataDir)).toBe('700');
  expect(modeOf(inEtc(machine, 'landfall', 'credentials'))).toBe('700');
  const units = [UNIT[2], ...PARTS].map((name) => read(machine, 'systemd', 'system', name)).join('');
  for (const name of readdirSync(inEtc(machine, 'landfall', 'credentials'))) {
    expect(modeOf(inEtc(machine, 'landfall', 'credentials', name))).toBe('600');
    expect(units).toContain(`LoadCredential=${name}:`);
  }
  expect(said).toContain(`written  ${inEtc(machine, ...UNIT)}`);
  for (const text of [said, read(machine, ...UNIT)]) expect(text).not.toMatch(/MIIB|a-secret-of/);
});

test('the same command again changes nothing; without settings, those that are installed stay [H1]', async () => {
  const machine = testMachine();
  const dataDir = join(machine.root, 'data');
  await installed(machine, { dataDir });
  const before = read(machine, ...UNIT);

  for (const again of [() => installed(machine, { dataDir }), () => installed(machine, {}, { env: {} })]) {
    machine.done.length = 0;
    expect(await again()).not.toContain('written ');
    expect(machine.done).toContain('start landfall.service');
    expect(machine.done.filter((call) => /^(?:restart|reload) /.test(call))).toEqual([]);
    expect(read(machine, ...UNIT)).toBe(before);
  }
});

test('a file of settings takes the place of those before; secrets stay until others are named [H1]', async () => {
  const machine = testMachine();
  const dataDir = join(machine.root, 'data');
  await installed(machine, { dataDir }, { env: { ...GIVEN, LANDFALL_LOG_LEVEL: 'debug' } });
  const envFile = join(tempDir(), 'settings');
  writeFileSync(envFile, 'GITHUB_APP_ID=13\nGITHUB_WEBHOOK_SECRET=another-secret-of-it\n');

  await installed(machine, { envFile });

  expect(read(machine, 'landfall', 'landfall.env')).toBe('GITHUB_APP_ID=13\n');
  expect(read(machine, 'landfall', 'credentials', 'github-webhook-secrets')).toBe('another-secret-of-it\n');
  expect(read(machine, 'landfall', 'credentials', 'github-app-private-key')).toBe(`${KEY}\n`);
  expect(read(machine, ...UNIT)).toContain(`--data-dir ${dataDir} `);
  expect(machine.done.at(-1)).toBe('restart landfall.service');
});

test('what was interrupted is completed by the same command [H1]', async () => {
  const machine = testMachine();
  const dataDir = join(machine.root, 'data');
  await installed(machine, { dataDir });
  rmSync(inEtc(machine, ...UNIT));
  rmSync(inEtc(machine, 'landfall', 'credentials', 'github-webhook-secrets'));

  await installed(machine, { dataDir });

  expect(read(machine, 'landfall', 'credentials', 'github-webhook-secrets')).toBe('a-secret-of-the-webhook\n');
  expect(read(machine, ...UNIT)).toContain('LoadCredential=github-webhook-secrets:');
});

test('a person at the terminal is asked for what is missing, the secret without showing it [H1]', async () => {
  const machine = testMachine();
  const file = join(tempDir(), 'app.pem');
  writeFileSync(file, KEY);

  const dataDir = join(machine.root, 'data');
  const answering = (...answers: readonly string[]) => installed(machine, { dataDir }, { answers });

  await expect(answering('12', file, '')).rejects.toThrow('GITHUB_WEBHOOK_SECRET_FILE is not set');
  await answering('12', file, 'a-secret-of-the-webhook');

  expect(read(machine, 'landfall', 'landfall.env')).toBe('GITHUB_APP_ID=12\n');
  expect(read(machine, 'landfall', 'credentials', 'github-app-private-key')).toBe(KEY);
  expect(read(machine, 'landfall', 'credentials', 'github-webhook-secrets')).toBe('a-secret-of-the-webhook\n');
});

test('a unit that a person wrote, and a secret that has gone, are not written over [H1][F6]', async () => {
  const machine = testMachine();
  const dataDir = join(machine.root, 'data');
  mkdirSync(inEtc(machine, 'systemd', 'system'), { recursive: true });
  writeFileSync(inEtc(machine, ...UNIT), '[Service]\nExecStart=landfall up\n');
  await expect(installed(machine, { dataDir })).rejects.toThrow('`landfall install` did not write it');
  await expect(uninstall(contextWith({}).context, {}, machine)).rejects.toThrow('did not write it');
  rmSync(inEtc(machine, ...UNIT));

  const keys = join(tempDir(), 'keys');
  writeFileSync(keys, 'one:a2V5\n');
  await installed(machine, { dataDir }, { env: { ...GIVEN, LANDFALL_SECRETS_KEY_FILE: keys } });
  rmSync(inEtc(machine, 'landfall', 'credentials', 'secrets-keys'));
  machine.done.length = 0;
  await expect(installed(machine, { dataDir })).rejects.toThrow('the service has had a secret secrets-keys');
  expect(machine.done).toEqual([]);
});

test('a `landfall up` by hand on the same data is named; the service itself is none [H1][F6]', async () => {
  const machine = testMachine();
  const dataDir = join(machine.root, 'data');
  mkdirSync(dataDir, { mode: 0o700 });
  const record = await takeFolder(dataDir);
  try {
    await expect(installed(machine, { dataDir })).rejects.toThrow(`process ${String(process.pid)}) uses ${dataDir}`);
    expect(existsSync(machine.etc)).toBe(false);
    machine.mainPid = process.pid;
    await installed(machine, { dataDir });
  } finally {
    await record.leave();
  }
});

test.each([
  ['without --system', {}, { system: undefined }, 'Say so with --system'],
  ['without root', { isRoot: false }, {}, 'only root can'],
  ['without systemd', { booted: '/none' }, {}, 'systemd does not run this machine (there is no /none)'],
  ['without Podman of the system', { podman: false }, {}, 'there is no unit podman.socket'],
  ['with an old glibc', { glibc: '2.17' }, {}, 'glibc is 2.17'],
  ['on musl', { glibc: undefined }, {}, 'another one than glibc'],
  ['with an old systemd', { systemctl: async () => 'systemd 249 (249.11)\n' }, {}, 'systemd is 249'],
  ['from the cache of npx', { program: ['/root/.npm/_npx/1/landfall.mjs'] }, {}, 'is in the cache of npx'],
  ['into a home', { notForData: /^[/]home[/]/ }, { dataDir: '/home/landfall' }, "is no place for a service's data"],
  ['with a file that is not there', {}, { envFile: '/none/settings' }, 'Read /none/settings: ENOENT'],
] as const)('%s it says what to do, and writes nothing [H1][F6]', async (_name, given, options, words) => {
  const machine = testMachine(given);
  const refused = installed(machine, { dataDir: join(machine.root, 'data'), ...options } as InstallOptions);
  await expect(refused).rejects.toThrow(words);
  expect(existsSync(machine.etc)).toBe(false);
});

test('hosts elsewhere need no Podman here [H1]', async () => {
  const machine = testMachine({ podman: false });
  const env = { ...GIVEN, LANDFALL_HOSTS_FILE: '/etc/landfall/hosts.json' };
  await installed(machine, { dataDir: join(machine.root, 'data') }, { env });
  const others = PARTS.filter((part) => part !== UNIT_OF.proxy);
  expect(machine.done).toEqual([
    'daemon-reload',
    `enable --quiet ${others.join(' ')} landfall.service`,
    ...others.map((part) => `start ${part}`),
    'restart landfall.service',
  ]);
});

test('a program that others may change is no service of root [H1][F3]', () => {
  const folder = tempDir();
  const file = join(folder, 'landfall.mjs');
  writeFileSync(file, '', { mode: 0o666 });
  expect(changeableByOthers('/bin/sh')).toBeUndefined();
  expect(changeableByOthers(file)).toBeDefined();
});

test('a changed setting of the proxy is a reload, a part that is given now loses its unit, and no other part is touched [H1]', async () => {
  const machine = testMachine();
  const dataDir = join(machine.root, 'data');
  await installed(machine, { dataDir });
  machine.done.length = 0;

  const env = { ...GIVEN, LANDFALL_PROXY_MAX_CONNECTIONS: '99', TEMPORAL_ADDRESS: 'temporal:7233' };
  await installed(machine, { dataDir }, { env });

  expect(readFileSync(join(dataDir, 'proxy', 'base.cfg'), 'utf8')).toContain('maxconn 99\n');
  expect(machine.done.filter((call) => !call.startsWith('start ') && !call.startsWith('enable '))).toEqual([
    `disable --now --quiet ${UNIT_OF.temporal}`,
    'daemon-reload',
    `reload ${UNIT_OF.proxy}`,
    'restart landfall.service',
  ]);
  expect(existsSync(inEtc(machine, 'systemd', 'system', UNIT_OF.temporal))).toBe(false);
  expect(JSON.parse(readFileSync(join(dataDir, 'units.json'), 'utf8'))).not.toHaveProperty('temporal');
});

test('ports that are taken, now or after the next boot, are named; chosen ones stay [H1][F6]', async () => {
  const dataDir = (machine: TestMachine) => join(machine.root, 'data');
  const debian = testMachine({ enabled: ['docker-registry.service'] });
  await expect(installed(debian, { dataDir: dataDir(debian) })).rejects.toThrow(
    'systemctl disable --now docker-registry',
  );
  expect(existsSync(debian.etc)).toBe(false);
  await installed(debian, { dataDir: dataDir(debian), registryPort: 5001, temporalUiPort: 8001 });
  await installed(debian, { dataDir: dataDir(debian) }, { env: {} });
  expect(read(debian, ...UNIT)).toContain('Environment=LANDFALL_REGISTRY=127.0.0.1:5001\n');
  expect(read(debian, 'systemd', 'system', UNIT_OF.temporal)).toContain('--port 7233 --ui-port 8001 ');

  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onCleanup(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const taken = testMachine({ assertFree: thisMachine().assertFree });
  const ports = { temporalPort: port, temporalUiPort: await freePort(), registryPort: await freePort() };
  await expect(installed(taken, { dataDir: dataDir(taken), ...ports })).rejects.toThrow(
    `Start Temporal on 127.0.0.1:${String(port)}`,
  );
  expect(existsSync(taken.etc)).toBe(false);
});

test('uninstall removes the units of what decides, then with --all the others; it leaves the rest and says where it is [H1]', async () => {
  const machine = testMachine();
  const dataDir = join(machine.root, 'data');
  await installed(machine, { dataDir });
  const uninstalled = async (options: UninstallOptions = {}) => {
    machine.done.length = 0;
    const { context, printed } = contextWith({});
    await uninstall(context, options, machine);
    return printed();
  };

  const said = await uninstalled();

  expect(machine.done).toEqual([
    'disable --now --quiet landfall.service',
    `disable --now --quiet ${UNIT_OF.database}`,
    `disable --now --quiet ${UNIT_OF.temporal}`,
    'daemon-reload',
  ]);
  expect(existsSync(inEtc(machine, ...UNIT))).toBe(false);
  expect(isEnabled(machine)).toBe(false);
  expect(existsSync(inEtc(machine, 'landfall', 'credentials', 'github-app-private-key'))).toBe(true);
  expect(said).toContain(`${dataDir}: all data`);
  expect(said).toContain(`${inEtc(machine, 'landfall')}: settings`);
  expect(said).toContain('until `landfall uninstall --all`');
  expect(Object.keys(JSON.parse(readFileSync(join(dataDir, 'units.json'), 'utf8')) as object)).toEqual([
    'registry',
    'proxy',
  ]);

  expect(await uninstalled()).toContain('carry traffic and stay');
  expect(await uninstalled({ all: true })).toContain(`${UNIT_OF.registry}, ${UNIT_OF.proxy} are stopped and removed`);
  expect(existsSync(join(dataDir, 'units.json'))).toBe(false);
  expect(await uninstalled({ all: true })).toContain('is not installed as a service');
});

test('--dry-run prints the unit and the names of files, needs neither root nor systemd, and changes nothing [H1]', async () => {
  const machine = testMachine({ isRoot: false, booted: '/none' });
  const said = await installed(machine, { dryRun: true, dataDir: join(machine.root, 'data') });
  expect(said).toContain('# Would write ');
  expect(said).toContain('\n[Service]\n');
  expect(said).not.toMatch(/MIIB|a-secret-of/);
  expect([machine.done, existsSync(machine.etc)]).toEqual([[], false]);
});

test('both are commands of the program [H1]', async () => {
  const { code, stdout } = await landfall(['install', '--system', '--dry-run', '--json'], { env: GIVEN });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ unit: expect.stringContaining(' up --data-dir /var/lib/landfall ') });
  expect((await landfall(['install'])).stderr).toContain('Say so with --system');
});
