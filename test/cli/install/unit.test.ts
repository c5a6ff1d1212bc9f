import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { CREDENTIALS } from '../../../cli/install/credentials.ts';
import { credentialsOf, dataDirOf, unitText, variableOf, type UnitOptions } from '../../../cli/install/unit.ts';
import { partUnitText } from '../../../cli/install/part-unit.ts';
import { UNIT_OF, wantedParts } from '../../../cli/install/parts.ts';
import { isOurUnit } from '../../../cli/install/unit-words.ts';
import { where } from '../../../infra/dev/locate.ts';
import { tempDir } from '../../support/tmp.ts';

const OPTIONS: UnitOptions = {
  program: ['/usr/bin/node', '/usr/local/lib/node_modules/landfall/cli/landfall.mjs'],
  dataDir: '/var/lib/landfall',
  environmentFile: '/etc/landfall/landfall.env',
  credentialsDir: '/etc/landfall/credentials',
  credentials: ['github-app-private-key', 'github-webhook-secrets'],
  runsServices: true,
  parts: ['landfall-postgres.service', 'landfall-proxy.service'],
  environment: { DATABASE_URL: 'postgres:///landfall?host=%2Fvar%2Flib' },
  registryLogin: '/var/lib/landfall/registry-auth.json',
  keepsTraffic: false,
};

test('the unit starts Landfall after boot, hands secrets on as files, and ends nothing that carries traffic [H1][F4]', () => {
  expect(unitText(OPTIONS)).toBe(`# Written by \`landfall install --system\`, which replaces it.
# Settings: /etc/landfall/landfall.env, secrets: /etc/landfall/credentials. More of your own: systemctl edit landfall

[Unit]
Description=Landfall, durable deployments from GitHub
Wants=network-online.target podman.socket landfall-postgres.service landfall-proxy.service
After=network-online.target podman.socket landfall-postgres.service landfall-proxy.service
RequiresMountsFor=/var/lib/landfall
# A machine that lacks something for an hour is tried again after it.
StartLimitIntervalSec=0

[Service]
Type=exec
User=root
ExecStart=/usr/bin/node /usr/local/lib/node_modules/landfall/cli/landfall.mjs up --data-dir /var/lib/landfall --podman-socket /run/podman/podman.sock
EnvironmentFile=/etc/landfall/landfall.env
LoadCredential=github-app-private-key:/etc/landfall/credentials/github-app-private-key
LoadCredential=github-webhook-secrets:/etc/landfall/credentials/github-webhook-secrets
LoadCredential=own-registry:/var/lib/landfall/registry-auth.json
Environment=GITHUB_APP_PRIVATE_KEY_FILE=%d/github-app-private-key
Environment=GITHUB_WEBHOOK_SECRET_FILE=%d/github-webhook-secrets
Environment=LANDFALL_REGISTRY_AUTH_FILE=%d/own-registry
Environment=DATABASE_URL=postgres:///landfall?host=%%2Fvar%%2Flib
# Nothing in this unit carries traffic.
KillMode=mixed
TimeoutStopSec=90
Restart=on-failure
RestartSec=10
# Stopped while it was starting.
SuccessExitStatus=130
LimitNOFILE=65536
# Builds are in this unit too: one that takes too much memory ends alone.
OOMPolicy=continue

CapabilityBoundingSet=CAP_CHOWN CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_FOWNER CAP_FSETID CAP_KILL CAP_NET_BIND_SERVICE CAP_SETGID CAP_SETUID CAP_SYS_ADMIN
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictRealtime=yes
SystemCallFilter=~@clock @module @obsolete @raw-io @reboot @swap
SystemCallErrorNumber=EPERM
ProtectSystem=full
ProtectHome=read-only
PrivateTmp=yes

[Install]
WantedBy=multi-user.target
`);
});

test('where services run elsewhere, Podman is not asked for [H1]', () => {
  const text = unitText({ ...OPTIONS, runsServices: false, parts: [] });
  expect(text).not.toContain('podman');
  expect(text).toContain('\nWants=network-online.target\nAfter=network-online.target\n');
});

test('percent signs, dollars and blanks in paths are no words of systemd [F6]', () => {
  const text = unitText({ ...OPTIONS, program: ['/opt/a b/$HOME/node'], dataDir: '/srv/100% mine' });
  expect(text).toContain('ExecStart="/opt/a b/$$HOME/node" up --data-dir "/srv/100%% mine" --podman-socket');
  expect(text).toContain('RequiresMountsFor="/srv/100%% mine"');
  expect(dataDirOf(text)).toBe('/srv/100% mine');
});

test.each(['/a\nExecStart=/bin/sh', '/a"b', "/a'b", '/a\\b', '/a;b', ''])(
  'a path such as %j is refused [F6]',
  (dataDir) => {
    expect(() => unitText({ ...OPTIONS, dataDir })).toThrow(/Write the unit: the path .* holds what a unit does not/s);
  },
);

test('what it says is found in it again [H1]', () => {
  const text = unitText(OPTIONS);
  expect([isOurUnit(text), isOurUnit('[Service]\nExecStart=landfall up\n')]).toEqual([true, false]);
  expect(dataDirOf(text)).toBe('/var/lib/landfall');
  expect(credentialsOf(text)).toEqual(['github-app-private-key', 'github-webhook-secrets', 'own-registry']);
  expect(variableOf(text, 'DATABASE_URL')).toBe('postgres:///landfall?host=%2Fvar%2Flib');
});

test('other passwords of registries stay beside the own one; a proxy in the unit outlives Landfall [H1][F3]', () => {
  const text = unitText({ ...OPTIONS, credentials: ['registry-auth'], keepsTraffic: true });
  expect(variableOf(text, 'LANDFALL_REGISTRY_AUTH_FILE')).toBe('%d/own-registry,%d/registry-auth');
  expect(text).toContain('\nKillMode=process\n');
});

/** All units with everything in them, where systemd's own tools look for units. */
async function written(): Promise<readonly string[]> {
  const root = tempDir();
  const folder = join(root, 'etc', 'systemd', 'system');
  mkdirSync(folder, { recursive: true });
  const [environmentFile, credentialsDir] = [join(root, 'landfall.env'), join(root, 'credentials')];
  writeFileSync(environmentFile, '');
  const parts = await wantedParts({
    ...{ dataDir: OPTIONS.dataDir, credentialsDir, settings: { plain: {}, secrets: new Map() } },
    ports: { temporal: 7233, temporalUi: 8233, registry: 5000 },
  });
  // The copy of PostgreSQL is made at the installation.
  const texts = new Map<string, string>(
    parts.map((part) => [part.unit, partUnitText({ ...part, command: ['/bin/true', ...part.command.slice(1)] })]),
  );
  const credentials = CREDENTIALS.map(({ name }) => name);
  const own = { environmentFile, credentialsDir, credentials, program: [process.execPath, '/bin/true'] };
  texts.set('landfall.service', unitText({ ...OPTIONS, ...own, parts: parts.map(({ unit }) => unit) }));
  return [...texts].map(([name, text]) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  });
}

const analyze = (...args: readonly string[]) => promisify(execFile)(where('systemd-analyze'), args);

test('systemd itself finds nothing wrong in the units [H1]', async () => {
  const files = await written();
  expect(files).toHaveLength(5);
  expect(await analyze('verify', '--man=no', '--recursive-errors=no', ...files)).toEqual({ stdout: '', stderr: '' });
});

/** Of ten, as systemd 252 says; 9.6 without the hardening. Other versions weigh a little differently. */
const MOST_EXPOSURE = {
  'landfall.service': 6.5,
  [UNIT_OF.database]: 1.5,
  [UNIT_OF.temporal]: 1.5,
  [UNIT_OF.registry]: 1.5,
  [UNIT_OF.proxy]: 3.5,
} as const;

test('their exposure stays what it is [H1]', async () => {
  const { stdout } = await analyze('security', '--offline=true', '--no-pager', ...(await written()));
  const found = [...stdout.matchAll(/Overall exposure level for (\S+): ([\d.]+)/g)];
  const levels = Object.fromEntries(found.map(([, unit = '', exposure]) => [unit, Number(exposure)]));
  expect(Object.keys(levels).toSorted()).toEqual(Object.keys(MOST_EXPOSURE).toSorted());
  for (const [unit, most] of Object.entries(MOST_EXPOSURE)) {
    expect({ unit, level: levels[unit] }).toEqual({ unit, level: expect.any(Number) });
    expect(levels[unit]).toBeGreaterThan(0);
    expect(levels[unit]).toBeLessThanOrEqual(most);
  }
});
